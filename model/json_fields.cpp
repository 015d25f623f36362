#include "model/json_fields.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace hilum::model {
namespace {

const nlohmann::json kNull;

std::optional<int> to_int(const nlohmann::json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() &&
      std::cmp_greater(value.get<std::uint64_t>(), std::numeric_limits<int>::max())) {
    return std::nullopt;
  }
  const auto number = value.get<std::int64_t>();
  if (!std::in_range<int>(number)) return std::nullopt;
  return static_cast<int>(number);
}

}  // namespace

JsonFields::JsonFields(const nlohmann::json& object, std::string where, std::optional<Error>& error)
    : object_(object.is_object() ? object : kNull), where_(std::move(where)), error_(error) {
  if (!object.is_object()) complain("is not a JSON object");
}

void JsonFields::complain(const std::string& what) {
  if (!error_) error_ = Error{ErrorCode::kInvalidInput, fmt::format("{} {}", where_, what)};
}

const nlohmann::json* JsonFields::optional_member(const char* key) {
  read_.insert(key);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(key);
  return found == object_.end() ? nullptr : &*found;
}

const nlohmann::json& JsonFields::member(const char* key) {
  if (const nlohmann::json* found = optional_member(key)) return *found;
  complain(fmt::format("has no '{}'", key));
  return kNull;
}

std::string JsonFields::text(const char* key) {
  const nlohmann::json& value = member(key);
  if (value.is_string()) return value.get<std::string>();
  complain(fmt::format("has a '{}' that is not a string", key));
  return {};
}

double JsonFields::number(const char* key) {
  const nlohmann::json& value = member(key);
  if (value.is_number()) return value.get<double>();
  complain(fmt::format("has a '{}' that is not a number", key));
  return 0;
}

int JsonFields::integer(const char* key) {
  if (const auto value = to_int(member(key))) return *value;
  complain(fmt::format("has a '{}' that is not a whole number of reasonable size", key));
  return 0;
}

bool JsonFields::flag(const char* key) {
  const nlohmann::json& value = member(key);
  if (value.is_boolean()) return value.get<bool>();
  complain(fmt::format("has a '{}' that is neither true nor false", key));
  return false;
}

std::vector<double> JsonFields::numbers(const char* key, std::size_t count) {
  const nlohmann::json& value = member(key);
  std::vector<double> result;
  if (value.is_array()) {
    for (const nlohmann::json& element : value) {
      if (element.is_number()) result.push_back(element.get<double>());
    }
  }
  if (result.size() == count && value.size() == count) return result;
  complain(fmt::format("has a '{}' that is not a list of {} numbers", key, count));
  return std::vector<double>(count, 0.0);
}

void JsonFields::finish() {
  if (!object_.is_object()) return;
  for (const auto& [key, value] : object_.items()) {
    if (!read_.contains(key)) complain(fmt::format("has the unknown field '{}'", key));
  }
}

}  // namespace hilum::model
