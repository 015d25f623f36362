#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "model/safetensors.h"

namespace hilum::test {

inline model::SafetensorsFile golden_file(const std::string& name) {
  auto file = model::SafetensorsFile::read(HILUM_GOLDEN_DIR "/" + name);
  REQUIRE_MESSAGE(file, name);
  return std::move(*file);
}

/// max |a - b|; the lengths must agree.
template <class A, class B>
double largest_difference(const A& a, const B& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return largest;
}

inline double largest_magnitude(std::span<const float> values) {
  double largest = 0;
  for (const float v : values) largest = std::max(largest, std::abs(static_cast<double>(v)));
  return largest;
}

}  // namespace hilum::test
