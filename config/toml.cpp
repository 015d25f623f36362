#include "config/toml.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>

namespace hilum::config {
namespace {

int line_of(const toml::source_region& source) { return static_cast<int>(source.begin.line); }

Table table_from(const toml::table& table);

Value value_from(const toml::node& node) {
  Value value{.data = OtherValue{}, .line = line_of(node.source())};
  if (const auto* text = node.as_string()) {
    value.data = text->get();
  } else if (const auto* integer = node.as_integer()) {
    value.data = std::int64_t{integer->get()};
  } else if (const auto* real = node.as_floating_point()) {
    value.data = real->get();
  } else if (const auto* flag = node.as_boolean()) {
    value.data = flag->get();
  } else if (const auto* array = node.as_array()) {
    Array items;
    for (const toml::node& item : *array) items.push_back(value_from(item));
    value.data = std::move(items);
  } else if (const auto* table = node.as_table()) {
    value.data = table_from(*table);
  }
  return value;
}

Table table_from(const toml::table& table) {
  Table entries;
  for (const auto& [key, node] : table) {
    entries.push_back(
        {.key = std::string(key.str()), .value = value_from(node), .line = line_of(key.source())});
  }
  return entries;
}

}  // namespace

Result<Table> parse_toml(std::string_view text, const std::string& file_name) {
  try {
    return table_from(toml::parse(text, file_name));
  } catch (const toml::parse_error& error) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{}:{}: {}", file_name, line_of(error.source()), error.what())};
  }
}

const Entry* find(const Table& table, std::string_view key) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found == table.end() ? nullptr : &*found;
}

std::string_view kind_of(const Value& value) {
  constexpr std::array<std::string_view, 7> kKinds{
      "a date or time", "text",   "a whole number", "a decimal number",
      "true or false",  "a list", "a table"};
  return kKinds.at(value.data.index());
}

}  // namespace hilum::config
