#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "model/safetensors.h"

namespace hilum::model {

/// What the JSON header of a safetensors file says, checked.
struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::map<std::string, TensorEntry> tensors;
};

/// Parses the header of a file whose data section has `data_bytes` bytes. Afterwards every entry
/// lies inside the data section and has exactly the bytes that its shape and type ask for.
Result<SafetensorsHeader> parse_safetensors_header(std::string_view json, std::size_t data_bytes);

/// Bytes of a tensor of this shape and type. kInvalidInput when a dimension is negative or the
/// product exceeds `limit`; the product is never formed beyond it.
Result<std::size_t> tensor_bytes(std::span<const std::int64_t> shape, DType type,
                                 std::size_t limit);

}  // namespace hilum::model
