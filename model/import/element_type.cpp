#include "model/import/element_type.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>

#include "model/half.h"

namespace hilum::model {
namespace {

static_assert(std::endian::native == std::endian::little,
              "weight files are little-endian and their numbers are copied as they are");

struct TypeRow {
  ElementType type;
  std::string_view name;
  std::string_view storage;  ///< PyTorch's class in module `torch`
  std::size_t bytes;
};
constexpr std::array kTypes{
    TypeRow{ElementType::kF64, "F64", "DoubleStorage", 8},
    TypeRow{ElementType::kF32, "F32", "FloatStorage", 4},
    TypeRow{ElementType::kF16, "F16", "HalfStorage", 2},
    TypeRow{ElementType::kBF16, "BF16", "BFloat16Storage", 2},
    TypeRow{ElementType::kI64, "I64", "LongStorage", 8},
    TypeRow{ElementType::kI32, "I32", "IntStorage", 4},
    TypeRow{ElementType::kI16, "I16", "ShortStorage", 2},
    TypeRow{ElementType::kI8, "I8", "CharStorage", 1},
    TypeRow{ElementType::kU8, "U8", "ByteStorage", 1},
    TypeRow{ElementType::kBool, "BOOL", "BoolStorage", 1},
};

const TypeRow& row_of(ElementType type) { return *std::ranges::find(kTypes, type, &TypeRow::type); }

template <class T>
T element(std::span<const std::byte> bytes, std::size_t index) {
  assert((index + 1) * sizeof(T) <= bytes.size());
  T value{};
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

float bfloat16_to_float(std::uint16_t value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16U);
}

}  // namespace

std::string_view to_string(ElementType type) { return row_of(type).name; }

std::size_t size_bytes(ElementType type) { return row_of(type).bytes; }

std::optional<ElementType> element_type_of_storage(std::string_view class_name) {
  const auto* found = std::ranges::find(kTypes, class_name, &TypeRow::storage);
  if (found == kTypes.end()) return std::nullopt;
  return found->type;
}

float element_as_float(ElementType type, std::span<const std::byte> bytes, std::size_t index) {
  switch (type) {
    case ElementType::kF64:
      return static_cast<float>(element<double>(bytes, index));
    case ElementType::kF32:
      return element<float>(bytes, index);
    case ElementType::kF16:
      return half_to_float(element<std::uint16_t>(bytes, index));
    case ElementType::kBF16:
      return bfloat16_to_float(element<std::uint16_t>(bytes, index));
    case ElementType::kI64:
      return static_cast<float>(element<std::int64_t>(bytes, index));
    case ElementType::kI32:
      return static_cast<float>(element<std::int32_t>(bytes, index));
    case ElementType::kI16:
      return static_cast<float>(element<std::int16_t>(bytes, index));
    case ElementType::kI8:
      return static_cast<float>(element<std::int8_t>(bytes, index));
    case ElementType::kU8:
      return static_cast<float>(element<std::uint8_t>(bytes, index));
    case ElementType::kBool:
      return element<std::uint8_t>(bytes, index) != 0 ? 1.0F : 0.0F;
  }
  return 0;
}

}  // namespace hilum::model
