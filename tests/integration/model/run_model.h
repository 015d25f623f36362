#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/support/hilum_program.h"

namespace hilum::test {

/// `hilum model ARGUMENTS`.
inline Outcome run_model(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "model");
  return run_hilum(std::move(arguments));
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace hilum::test
