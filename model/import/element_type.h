#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace hilum::model {

/// Element types of the weight files that are read: what PyTorch's storages and safetensors have in
/// common. Everything becomes float on the way in.
enum class ElementType { kF64, kF32, kF16, kBF16, kI64, kI32, kI16, kI8, kU8, kBool };

/// The type's name in the safetensors format, for example "F32".
std::string_view to_string(ElementType type);
/// Size of one element.
std::size_t size_bytes(ElementType type);
/// The type of PyTorch's storage class, for example of "FloatStorage"; nothing for another name.
std::optional<ElementType> element_type_of_storage(std::string_view class_name);

/// Element `index` of `bytes` (little-endian) as float; doubles and large integers are rounded. An
/// index beyond the bytes is a bug.
float element_as_float(ElementType type, std::span<const std::byte> bytes, std::size_t index);

}  // namespace hilum::model
