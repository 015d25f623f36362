#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/import/element_type.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// A value of a pickle, by its place in the PickleDocument: values refer to each other as Python
/// objects do, cycles included, so nothing here is walked or destroyed recursively.
using ValueId = std::uint32_t;

struct PickledList {
  std::vector<ValueId> items;
};
struct PickledTuple {
  std::vector<ValueId> items;
};
/// A dict or OrderedDict, in insertion order. A key may come twice; the last one counts.
struct PickledDict {
  std::vector<std::pair<ValueId, ValueId>> items;
};
/// The callables that a pickle may name; it can name no others.
enum class PickledCallable { kOrderedDict, kRebuildTensor, kRebuildParameter };
/// A storage class such as torch.FloatStorage.
struct PickledStorageType {
  ElementType type = ElementType::kF32;
};
/// A reference to the bytes of a storage: `elements` elements in the file's record `key`.
struct PickledStorage {
  ElementType type = ElementType::kF32;
  std::string key;
  std::int64_t elements = 0;
};
/// A tensor, not its numbers. Every element lies inside the storage, and there are no more elements
/// than the storage has. Strides and offset count elements; no stride is negative.
struct PickledTensor {
  PickledStorage storage;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

using PickledValue =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, PickledList, PickledTuple,
                 PickledDict, PickledCallable, PickledStorageType, PickledStorage, PickledTensor>;

/// What a pickle says.
struct PickleDocument {
  std::deque<PickledValue> values;
  ValueId root = 0;

  [[nodiscard]] const PickledValue& at(ValueId id) const { return values[id]; }
  template <class T>
  [[nodiscard]] const T* as(ValueId id) const {
    return std::get_if<T>(&values[id]);
  }
  /// The value of a string key of dict `id`, if `id` is a dict and has it.
  [[nodiscard]] std::optional<ValueId> find(ValueId id, std::string_view key) const;
};

/// Limits of what is read. A training checkpoint of LA-CAF with its optimizer has about 20'000
/// values in 200 kB.
inline constexpr std::size_t kMaxPickleBytes = std::size_t{16} << 20U;
inline constexpr std::size_t kMaxPickleValues = 400'000;
inline constexpr std::size_t kMaxPickleReferences = 2'000'000;  ///< in lists, tuples, dicts, memo
inline constexpr std::size_t kMaxTensorDimensions = 16;

/// Reads a pickle (protocols 2 to 5) as `torch.save` writes it, as data: tensors, dicts, ordered
/// dicts, lists, tuples, numbers up to 64 bits, strings, None and booleans. A pickle is a program,
/// and one that may call anything; this reader knows no way to call, and refuses every other opcode
/// and every other global by name (kUnsupported). The one exception to the rule that nothing is
/// skipped: attributes of an OrderedDict (opcode BUILD; PyTorch's `_metadata`) are read and
/// dropped. kInvalidInput for a pickle that is truncated, contradicts itself or exceeds the limits;
/// memory is at most proportional to them. No recursion.
Result<PickleDocument> parse_pickle(std::string_view bytes);

}  // namespace hilum::model
