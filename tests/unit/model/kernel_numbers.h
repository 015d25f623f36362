#pragma once

#include <string_view>
#include <vector>

#include "model/cpu_kernels.h"
#include "model/generated_weights.h"

namespace hilum::model::test {

inline constexpr double kBFloat16Step = 1.0 / 256;  ///< relative, of rounding: half of it

/// `count` numbers between shift - scale and shift + scale.
template <class T>
std::vector<T> numbers(std::string_view name, std::size_t count, float scale = 1, float shift = 0) {
  std::vector<T> values(count);
  const auto generated = generated_numbers(name, count);
  for (std::size_t i = 0; i < count; ++i) {
    narrow(static_cast<float>(generated[i]) * scale + shift, values[i]);
  }
  return values;
}

}  // namespace hilum::model::test
