#include "config/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace hilum::config {
namespace {

/// Levenshtein's distance: how many letters to insert, delete or replace.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

/// The candidate that `word` is most likely a misspelling of, or "".
std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  // One letter in three may be wrong; longer words than any of ours are no misspelling.
  constexpr std::size_t kLongest = 64;
  if (word.size() > kLongest) return {};
  std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
  std::string found;
  for (const std::string& candidate : candidates) {
    const std::size_t far = distance(word, candidate);
    if (far < best) {
      best = far;
      found = candidate;
    }
  }
  return found;
}

bool is_list_of_tables(const Value& value) {
  const auto* array = std::get_if<Array>(&value.data);
  return array != nullptr && std::all_of(array->begin(), array->end(), [](const Value& item) {
           return std::holds_alternative<Table>(item.data);
         });
}

}  // namespace

Section Reader::section(const std::string& name) {
  known_[name];
  const Entry* entry = find(root_, name);
  if (entry == nullptr) return {*this, name, nullptr, 0};
  const auto* table = std::get_if<Table>(&entry->value.data);
  if (table == nullptr) misshapen(*entry, fmt::format("[{}]", name));
  return {*this, name, table, entry->line};
}

std::vector<Section> Reader::sections(const std::string& name) {
  known_[name];
  std::vector<Section> found;
  const Entry* entry = find(root_, name);
  if (entry == nullptr) return found;
  if (!is_list_of_tables(entry->value)) {
    misshapen(*entry, fmt::format("[[{}]]", name));
    return found;
  }
  for (const Value& item : std::get<Array>(entry->value.data)) {
    found.emplace_back(*this, name, &std::get<Table>(item.data), item.line);
  }
  return found;
}

void Reader::misshapen(const Entry& section, const std::string& form) {
  problem(section.line, fmt::format("write this section as {}", form));
  misshapen_.insert(section.key);
}

void Reader::problem(int line, std::string text) { problems_.emplace(line, std::move(text)); }

void Reader::check_for_unknown() {
  std::vector<std::string> names;
  for (const auto& [name, keys] : known_) names.push_back(name);
  for (const Entry& entry : root_) {
    if (misshapen_.contains(entry.key)) continue;
    if (!known_.contains(entry.key)) {
      const std::string meant = nearest(entry.key, names);
      problem(entry.line, meant.empty()
                              ? fmt::format("'{}' is not a known section; known: {}", entry.key,
                                            fmt::join(names, ", "))
                              : fmt::format("'{}' is not a known section; did you mean [{}]?",
                                            entry.key, meant));
    } else if (const auto* table = std::get_if<Table>(&entry.value.data)) {
      check_keys(entry.key, entry.key, *table);
    } else if (is_list_of_tables(entry.value)) {
      for (const Value& item : std::get<Array>(entry.value.data)) {
        check_keys(entry.key, entry.key, std::get<Table>(item.data));
      }
    }
  }
}

void Reader::check_keys(const std::string& section, const std::string& keys_of,
                        const Table& table) {
  const auto& keys = known_.at(keys_of);
  for (const Entry& entry : table) {
    const std::string name = fmt::format("{}.{}", section, entry.key);
    if (std::find(keys.begin(), keys.end(), entry.key) == keys.end()) {
      problem(entry.line, fmt::format("{} is not a known key; {}", name, hint(keys_of, entry.key)));
      continue;
    }
    const auto part = parts_.find(name);
    const auto* within = std::get_if<Table>(&entry.value.data);
    if (part != parts_.end() && within != nullptr) check_keys(name, part->second, *within);
  }
}

std::string Reader::hint(const std::string& section, const std::string& key) const {
  for (const auto& [name, keys] : known_) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
      return fmt::format("it belongs to [{}]", name);
    }
  }
  const std::string meant = nearest(key, known_.at(section));
  if (!meant.empty()) return fmt::format("did you mean '{}'?", meant);
  return fmt::format("known: {}", fmt::join(known_.at(section), ", "));
}

Error Reader::error() const {
  std::vector<std::string> lines;
  for (const auto& [line, text] : problems_) {
    lines.push_back(line == 0 ? fmt::format("{}: {}", file_name_, text)
                              : fmt::format("{}:{}: {}", file_name_, line, text));
  }
  return {ErrorCode::kInvalidInput, fmt::format("{}", fmt::join(lines, "\n"))};
}

std::vector<std::string> Reader::known_keys() const {
  std::vector<std::string> names;
  for (const auto& [section, keys] : known_) {
    for (const std::string& key : keys) names.push_back(fmt::format("{}.{}", section, key));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace hilum::config
