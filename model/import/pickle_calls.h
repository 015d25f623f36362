#pragma once

#include <string_view>

#include "model/import/pickle.h"

namespace hilum::model {

/// What `module.name` stands for: a PickledCallable or a PickledStorageType. kUnsupported, naming
/// it, for everything else.
Result<PickledValue> resolve_global(std::string_view module, std::string_view name);

/// What calling `callable` with the tuple `arguments` gives: an empty dict or a tensor.
/// kUnsupported when `callable` is no callable; kInvalidInput when the arguments are not those of
/// PyTorch's function, or describe a tensor that does not lie inside its storage.
Result<PickledValue> call_global(const PickleDocument& document, ValueId callable,
                                 ValueId arguments);

/// The storage that persistent id `id` means: ('storage', class, key, location, elements).
Result<PickledValue> resolve_storage(const PickleDocument& document, ValueId id);

}  // namespace hilum::model
