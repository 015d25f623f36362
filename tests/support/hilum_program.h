#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/process.h"

/// The program as its users run it.
namespace hilum::test {

struct Outcome {
  int status;
  std::string output;
};

/// `hilum ARGUMENTS` to its end, its tables as wide as they like.
inline Outcome run_hilum(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), HILUM_PROGRAM);
  Process process(std::move(arguments), {"COLUMNS=400"});
  const auto status = process.wait(std::chrono::seconds(240));
  REQUIRE(status.has_value());
  return {*status, process.output()};
}

}  // namespace hilum::test
