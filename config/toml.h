#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pipeline/domain/result.h"

/// A TOML document as plain values with the lines they stand on. The parser (toml++) stays behind
/// `parse_toml`.
namespace hilum::config {

struct Value;
struct Entry;
using Array = std::vector<Value>;
using Table = std::vector<Entry>;
/// A kind of value that no key of ours takes: dates and times.
struct OtherValue {};

struct Value {
  std::variant<OtherValue, std::string, std::int64_t, double, bool, Array, Table> data;
  int line = 0;
};

struct Entry {
  std::string key;
  Value value;
  int line = 0;  ///< of the key
};

/// Fails with "`file_name`:line: ..." at the first place that is not TOML 1.0.
Result<Table> parse_toml(std::string_view text, const std::string& file_name);

/// The entry of this key, or null.
const Entry* find(const Table& table, std::string_view key);

/// What the value is, for messages: "text", "a whole number", ...
std::string_view kind_of(const Value& value);

}  // namespace hilum::config
