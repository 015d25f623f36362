#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// Reads the fields of a JSON object of unknown origin one by one. The first thing that is wrong is
/// kept in a shared Error; later reads return harmless values, so the caller reads all fields in a
/// row and looks at the error once. For .cpp files of this folder only.
class JsonFields {
 public:
  /// `where` is how messages name the object, for example "class 2".
  JsonFields(const nlohmann::json& object, std::string where, std::optional<Error>& error);

  std::string text(const char* key);
  double number(const char* key);
  int integer(const char* key);
  bool flag(const char* key);
  /// The member as an array of exactly `count` numbers.
  std::vector<double> numbers(const char* key, std::size_t count);
  /// The member as it is, or null when it is missing, which is an error.
  const nlohmann::json& member(const char* key);
  /// The member when it is there.
  const nlohmann::json* optional_member(const char* key);
  /// Complains about members that were never read.
  void finish();

  [[nodiscard]] const std::string& where() const { return where_; }
  void complain(const std::string& what);

 private:
  const nlohmann::json& object_;
  std::string where_;
  std::optional<Error>& error_;
  std::set<std::string> read_;
};

}  // namespace hilum::model
