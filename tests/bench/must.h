#pragma once

#include <fmt/format.h>

#include <cstdlib>

#include "pipeline/domain/result.h"

namespace hilum::bench {

/// The value, or the end of the program with the error on the terminal.
template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "{}\n", result.error().message);
  std::exit(1);
}

}  // namespace hilum::bench
