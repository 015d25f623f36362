#include <fmt/format.h>

#include <algorithm>

#include "config/reader.h"

namespace hilum::config {

const Value* Section::find_value(const std::string& key) {
  auto& keys = reader_.known_[keys_of_];
  if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  const Entry* entry = table_ == nullptr ? nullptr : find(*table_, key);
  return entry == nullptr ? nullptr : &entry->value;
}

void Section::wrong_kind(const std::string& key, const Value& value, std::string_view expected) {
  problem(key, fmt::format("must be {}, not {}", expected, kind_of(value)));
}

void Section::text(const std::string& key, std::string& value) {
  const Value* found = find_value(key);
  if (found == nullptr) return;
  if (const auto* text = std::get_if<std::string>(&found->data)) {
    value = *text;
  } else {
    wrong_kind(key, *found, "text in quotes");
  }
}

void Section::required_text(const std::string& key, std::string& value) {
  const Value* found = find_value(key);
  if (found == nullptr) {
    problem(key, "is missing");
    return;
  }
  text(key, value);
  if (std::holds_alternative<std::string>(found->data) && value.empty()) {
    problem(key, "must not be empty");
  }
}

void Section::choice(const std::string& key, std::string& value,
                     std::span<const std::string_view> allowed) {
  std::string chosen = value;
  text(key, chosen);
  if (std::find(allowed.begin(), allowed.end(), chosen) != allowed.end()) {
    value = chosen;
  } else {
    problem(key, fmt::format("is '{}'; allowed: {}", chosen, fmt::join(allowed, ", ")));
  }
}

void Section::list(const std::string& key, std::vector<std::string>& value) {
  const Value* found = find_value(key);
  if (found == nullptr) return;
  const auto* array = std::get_if<Array>(&found->data);
  if (array == nullptr) {
    wrong_kind(key, *found, "a list of texts, as in [\"a\", \"b\"]");
    return;
  }
  std::vector<std::string> items;
  for (const Value& item : *array) {
    const auto* text = std::get_if<std::string>(&item.data);
    if (text == nullptr) {
      reader_.problem(item.line, fmt::format("{}.{} must hold texts in quotes, not {}", name_, key,
                                             kind_of(item)));
      return;
    }
    items.push_back(*text);
  }
  value = std::move(items);
}

void Section::flag(const std::string& key, bool& value) {
  const Value* found = find_value(key);
  if (found == nullptr) return;
  if (const auto* flag = std::get_if<bool>(&found->data)) {
    value = *flag;
  } else {
    wrong_kind(key, *found, "true or false");
  }
}

void Section::number(const std::string& key, int& value, Range<int> allowed) {
  const Value* found = find_value(key);
  if (found == nullptr) return;
  const auto* number = std::get_if<std::int64_t>(&found->data);
  if (number == nullptr) {
    wrong_kind(key, *found, "a whole number");
  } else if (*number < allowed.min || *number > allowed.max) {
    problem(key, fmt::format("is {}; allowed: {}..{}", *number, allowed.min, allowed.max));
  } else {
    value = static_cast<int>(*number);
  }
}

void Section::number(const std::string& key, double& value, Range<double> allowed) {
  const Value* found = find_value(key);
  if (found == nullptr) return;
  double number = 0;
  if (const auto* whole = std::get_if<std::int64_t>(&found->data)) {
    number = static_cast<double>(*whole);
  } else if (const auto* real = std::get_if<double>(&found->data)) {
    number = *real;
  } else {
    wrong_kind(key, *found, "a number");
    return;
  }
  if (number >= allowed.min && number <= allowed.max) {  // not so for "nan"
    value = number;
  } else {
    problem(key, fmt::format("is {}; allowed: {}..{}", number, allowed.min, allowed.max));
  }
}

Section Section::part(const std::string& key, const std::string& like) {
  const std::string name = fmt::format("{}.{}", name_, key);
  reader_.parts_[name] = like;
  const Value* found = find_value(key);
  const Table* table = found == nullptr ? nullptr : std::get_if<Table>(&found->data);
  if (found != nullptr && table == nullptr) {
    wrong_kind(key, *found, fmt::format("a table of keys of [{}], as in {{ a = 1, b = 2 }}", like));
  }
  return {reader_, name, like, table, line(key)};
}

int Section::line(const std::string& key) const {
  const Entry* entry = table_ == nullptr ? nullptr : find(*table_, key);
  return entry == nullptr ? line_ : entry->line;
}

void Section::problem(const std::string& key, const std::string& text) {
  reader_.problem(line(key), fmt::format("{}.{} {}", name_, key, text));
}

}  // namespace hilum::config
