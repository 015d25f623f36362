#include "model/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace hilum::model {
namespace {

using nlohmann::json;

struct TypeRow {
  DType type;
  std::string_view name;
  std::size_t bytes;
};
constexpr std::array kTypes{
    TypeRow{DType::kF64, "F64", 8}, TypeRow{DType::kF32, "F32", 4}, TypeRow{DType::kF16, "F16", 2},
    TypeRow{DType::kI64, "I64", 8}, TypeRow{DType::kI16, "I16", 2}, TypeRow{DType::kU8, "U8", 1},
};

const TypeRow& row_of(DType type) { return *std::ranges::find(kTypes, type, &TypeRow::type); }

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

/// A non-negative whole number that fits std::int64_t, or nothing.
std::optional<std::int64_t> whole_number(const json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  const auto number = value.get<std::uint64_t>();
  if (number > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

Result<std::vector<std::int64_t>> whole_numbers(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return invalid(fmt::format("has no {}", key));
  std::vector<std::int64_t> numbers;
  for (const json& element : *found) {
    const auto number = whole_number(element);
    if (!number) return invalid(fmt::format("has a {} that is not a list of whole numbers", key));
    numbers.push_back(*number);
  }
  return numbers;
}

Result<TensorEntry> parse_entry(const json& object, std::size_t data_bytes) {
  if (!object.is_object()) return invalid("is not described by a JSON object");
  const auto type = object.find("dtype");
  if (type == object.end() || !type->is_string()) return invalid("has no dtype");
  const auto row = std::ranges::find(kTypes, type->get_ref<const std::string&>(), &TypeRow::name);
  if (row == kTypes.end()) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("has the unknown dtype '{}'", type->get_ref<const std::string&>())};
  }
  auto shape = whole_numbers(object, "shape");
  if (!shape) return std::move(shape).error();
  auto offsets = whole_numbers(object, "data_offsets");
  if (!offsets) return std::move(offsets).error();
  if (offsets->size() != 2 || (*offsets)[0] > (*offsets)[1] ||
      std::cmp_greater((*offsets)[1], data_bytes)) {
    return invalid(fmt::format("lies outside the file's {} bytes of data (data_offsets {})",
                               data_bytes, shape_text(*offsets)));
  }
  const auto offset = static_cast<std::size_t>((*offsets)[0]);
  const auto size = static_cast<std::size_t>((*offsets)[1]) - offset;
  auto expected = tensor_bytes(*shape, row->type, data_bytes);
  if (!expected) return std::move(expected).error();
  if (*expected != size) {
    return invalid(fmt::format("has {} bytes but its shape {} of {} asks for {}", size,
                               shape_text(*shape), row->name, *expected));
  }
  return TensorEntry{.type = row->type, .shape = std::move(*shape), .offset = offset, .size = size};
}

Result<std::map<std::string, std::string>> parse_metadata(const json& object) {
  if (!object.is_object()) return invalid("its __metadata__ is not a JSON object");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) return invalid(fmt::format("its metadata '{}' is not a string", key));
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

}  // namespace

std::string_view to_string(DType type) { return row_of(type).name; }
std::size_t size_bytes(DType type) { return row_of(type).bytes; }

std::string shape_text(std::span<const std::int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

Result<std::size_t> tensor_bytes(std::span<const std::int64_t> shape, DType type,
                                 std::size_t limit) {
  const auto too_large = [&] {
    return invalid(fmt::format("claims the shape {} of {}, more than the file holds",
                               shape_text(shape), to_string(type)));
  };
  if (std::ranges::any_of(shape, [](std::int64_t n) { return n < 0; })) {
    return invalid(fmt::format("has a negative dimension in {}", shape_text(shape)));
  }
  // An empty dimension makes the tensor empty however large the others are.
  if (std::ranges::find(shape, 0) != shape.end()) return std::size_t{0};
  std::size_t bytes = size_bytes(type);
  for (const std::int64_t n : shape) {
    if (static_cast<std::uint64_t>(n) > limit / bytes) return too_large();
    bytes *= static_cast<std::size_t>(n);
  }
  return bytes > limit ? Result<std::size_t>(too_large()) : bytes;
}

Result<SafetensorsHeader> parse_safetensors_header(std::string_view text, std::size_t data_bytes) {
  const json root = json::parse(text, nullptr, false);
  if (root.is_discarded() || !root.is_object()) return invalid("its header is not a JSON object");
  SafetensorsHeader header;
  for (const auto& [name, value] : root.items()) {
    if (name == "__metadata__") {
      auto metadata = parse_metadata(value);
      if (!metadata) return std::move(metadata).error();
      header.metadata = std::move(*metadata);
      continue;
    }
    auto entry = parse_entry(value, data_bytes);
    if (!entry) {
      // "tensor 'x' has ...": the name belongs in front of the complaint without a colon.
      return Error{entry.error().code,
                   fmt::format("its tensor '{}' {}", name, entry.error().message)};
    }
    header.tensors.emplace(name, std::move(*entry));
  }
  return header;
}

}  // namespace hilum::model
