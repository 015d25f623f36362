#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/process.h"

namespace hilum::test {

struct Outcome {
  int status;
  std::string output;
};

/// `hilum model ARGUMENTS`, as its users run it.
inline Outcome run_model(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {HILUM_PROGRAM, "model"});
  Process process(std::move(arguments));
  const auto status = process.wait(std::chrono::seconds(200));
  REQUIRE(status.has_value());
  return {*status, process.output()};
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace hilum::test
