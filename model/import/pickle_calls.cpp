#include "model/import/pickle_calls.h"

#include <fmt/format.h>

#include <array>
#include <span>
#include <string>

#include "model/import/printable.h"
#include "model/safetensors.h"

namespace hilum::model {
namespace {

/// Of a storage's key, a record number in practice: every tensor keeps a copy.
constexpr std::size_t kMaxKeyBytes = 64;
constexpr std::int64_t kMaxElements = std::int64_t{1} << 40U;  ///< of a storage; far from overflow

struct CallableRow {
  std::string_view module;
  std::string_view name;
  PickledCallable callable;
};
constexpr std::array kCallables{
    CallableRow{"collections", "OrderedDict", PickledCallable::kOrderedDict},
    CallableRow{"torch._utils", "_rebuild_tensor_v2", PickledCallable::kRebuildTensor},
    CallableRow{"torch._utils", "_rebuild_parameter", PickledCallable::kRebuildParameter},
};

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

/// A tuple of non-negative numbers.
Result<std::vector<std::int64_t>> numbers(const PickleDocument& document, ValueId id,
                                          std::string_view what) {
  const auto* tuple = document.as<PickledTuple>(id);
  if (tuple == nullptr) return invalid(fmt::format("a tensor's {} is no tuple", what));
  if (tuple->items.size() > kMaxTensorDimensions) {
    return invalid(fmt::format("a tensor has {} dimensions, more than the {} that are read",
                               tuple->items.size(), kMaxTensorDimensions));
  }
  std::vector<std::int64_t> result;
  for (const ValueId item : tuple->items) {
    const auto* number = document.as<std::int64_t>(item);
    if (number == nullptr) return invalid(fmt::format("a tensor's {} is no number", what));
    if (*number < 0) return invalid(fmt::format("a tensor has the {} {}", what, *number));
    result.push_back(*number);
  }
  return result;
}

/// Whether a tensor has no more elements than its storage and the last one lies inside. Every
/// product is compared with the storage before it is formed.
Status check_extent(const PickledTensor& tensor) {
  const std::int64_t available = tensor.storage.elements;
  const auto outside = [&] {
    return invalid(fmt::format(
        "a tensor of shape {}, strides {} and offset {} does not lie inside its storage '{}' of {} "
        "elements",
        shape_text(tensor.shape), shape_text(tensor.strides), tensor.offset,
        printable(tensor.storage.key), available));
  };
  if (tensor.offset > available) return outside();
  for (const std::int64_t n : tensor.shape) {
    if (n == 0) return ok();
  }
  std::int64_t elements = 1;
  std::int64_t last = tensor.offset;
  for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
    const std::int64_t steps = tensor.shape[d] - 1;
    if (tensor.shape[d] > available / elements) return outside();
    elements *= tensor.shape[d];
    if (steps > 0 && tensor.strides[d] > (available - last) / steps) return outside();
    if (steps > 0) last += steps * tensor.strides[d];
  }
  return last < available ? ok() : outside();
}

/// (storage, offset, size, stride, requires_grad, backward_hooks[, metadata])
Result<PickledValue> rebuild_tensor(const PickleDocument& document, std::span<const ValueId> args) {
  if (args.size() != 6 && args.size() != 7) {
    return invalid(
        fmt::format("a tensor is made from {} arguments instead of 6 or 7", args.size()));
  }
  const auto* storage = document.as<PickledStorage>(args[0]);
  const auto* offset = document.as<std::int64_t>(args[1]);
  if (storage == nullptr) return invalid("a tensor has no storage");
  if (offset == nullptr || *offset < 0)
    return invalid("a tensor has no storage offset, or below 0");
  auto shape = numbers(document, args[2], "dimension");
  if (!shape) return std::move(shape).error();
  auto strides = numbers(document, args[3], "stride");
  if (!strides) return std::move(strides).error();
  if (shape->size() != strides->size()) {
    return invalid(
        fmt::format("a tensor has {} dimensions but {} strides", shape->size(), strides->size()));
  }
  PickledTensor tensor{.storage = *storage,
                       .offset = *offset,
                       .shape = *std::move(shape),
                       .strides = *std::move(strides)};
  if (auto inside = check_extent(tensor); !inside) return std::move(inside).error();
  return PickledValue(std::move(tensor));
}

/// (tensor, requires_grad, backward_hooks)
Result<PickledValue> rebuild_parameter(const PickleDocument& document,
                                       std::span<const ValueId> args) {
  const PickledTensor* tensor = args.size() == 3 ? document.as<PickledTensor>(args[0]) : nullptr;
  if (tensor == nullptr) return invalid("a parameter is not made from a tensor");
  return PickledValue(*tensor);
}

}  // namespace

Result<PickledValue> resolve_global(std::string_view module, std::string_view name) {
  for (const CallableRow& row : kCallables) {
    if (row.module == module && row.name == name) return PickledValue(row.callable);
  }
  if (module == "torch") {
    if (const auto type = element_type_of_storage(name)) {
      return PickledValue(PickledStorageType{*type});
    }
  }
  return Error{ErrorCode::kUnsupported,
               fmt::format("refuses '{}.{}': a weight file may hold tensors, dicts, lists, numbers "
                           "and strings, and nothing that runs. Where you trust the file, load it "
                           "in PyTorch and save its state dict alone: torch.save({{'net': "
                           "network.state_dict()}}, 'weights.pth')",
                           printable(module), printable(name))};
}

Result<PickledValue> call_global(const PickleDocument& document, ValueId callable,
                                 ValueId arguments) {
  const auto* known = document.as<PickledCallable>(callable);
  if (known == nullptr) {
    return Error{ErrorCode::kUnsupported, "refuses to call what is no known function"};
  }
  const auto* tuple = document.as<PickledTuple>(arguments);
  if (tuple == nullptr) return invalid("a call has no tuple of arguments");
  switch (*known) {
    case PickledCallable::kOrderedDict:
      if (!tuple->items.empty()) return invalid("an OrderedDict is made with arguments");
      return PickledValue(PickledDict{});
    case PickledCallable::kRebuildTensor:
      return rebuild_tensor(document, tuple->items);
    case PickledCallable::kRebuildParameter:
      return rebuild_parameter(document, tuple->items);
  }
  return Error{ErrorCode::kInternal, "a known function is not implemented"};
}

Result<PickledValue> resolve_storage(const PickleDocument& document, ValueId id) {
  const auto* tuple = document.as<PickledTuple>(id);
  if (tuple == nullptr || tuple->items.size() != 5) {
    return invalid("a persistent id is no tuple of 5: not made by torch.save");
  }
  const auto* kind = document.as<std::string>(tuple->items[0]);
  const auto* type = document.as<PickledStorageType>(tuple->items[1]);
  const auto* key = document.as<std::string>(tuple->items[2]);
  const auto* elements = document.as<std::int64_t>(tuple->items[4]);
  if (kind == nullptr || *kind != "storage") return invalid("a persistent id is no storage");
  if (type == nullptr) return invalid("a storage has no known type");
  if (key == nullptr || key->size() > kMaxKeyBytes) {
    return invalid(fmt::format("a storage has no key of up to {} bytes", kMaxKeyBytes));
  }
  if (elements == nullptr || *elements < 0 || *elements > kMaxElements) {
    return invalid(
        fmt::format("storage '{}' has no number of elements in 0..2^40", printable(*key)));
  }
  return PickledValue(PickledStorage{.type = type->type, .key = *key, .elements = *elements});
}

}  // namespace hilum::model
