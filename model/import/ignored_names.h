#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace hilum::model {

/// Tensors of a file that no forward pass reads, told by the beginning or the end of their names.
struct IgnoredNames {
  enum class Where : std::uint8_t { kFront, kBack };
  Where where;
  std::string_view part;
  std::string_view kind;  ///< under which they are counted
};

/// The kind of the first row that `name` belongs to; empty when it belongs to none.
constexpr std::string_view ignored_kind(std::span<const IgnoredNames> rows, std::string_view name) {
  for (const IgnoredNames& row : rows) {
    const bool front = row.where == IgnoredNames::Where::kFront;
    if (front ? name.starts_with(row.part) : name.ends_with(row.part)) return row.kind;
  }
  return {};
}

}  // namespace hilum::model
