#include "model/train/csv.h"

namespace hilum::model::train {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";

/// Reads a quoted field whose opening quote is at `at`; moves `at` behind the closing one.
std::optional<std::string> quoted_field(std::string_view line, std::size_t& at) {
  std::string field;
  for (++at; at < line.size(); ++at) {
    if (line[at] != '"') {
      field += line[at];
    } else if (at + 1 < line.size() && line[at + 1] == '"') {
      field += line[at++];
    } else {
      ++at;
      return field;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

std::optional<std::vector<std::string>> csv_fields(std::string_view line) {
  std::vector<std::string> fields;
  std::size_t at = 0;
  for (;;) {
    at = std::min(line.find_first_not_of(kWhiteSpace, at), line.size());
    const auto comma = [&] { return std::min(line.find(',', at), line.size()); };
    if (at < line.size() && line[at] == '"') {
      auto field = quoted_field(line, at);
      if (!field || !trimmed(line.substr(at, comma() - at)).empty()) return std::nullopt;
      fields.push_back(std::move(*field));
    } else {
      fields.emplace_back(trimmed(line.substr(at, comma() - at)));
    }
    at = comma();
    if (at >= line.size()) return fields;
    ++at;
  }
}

std::string csv_quoted(std::string_view field) {
  if (field.find_first_of(",\"") == std::string_view::npos && trimmed(field) == field) {
    return std::string(field);
  }
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace hilum::model::train
