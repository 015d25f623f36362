#include "model/generated_weights.h"

#include <cmath>

#include "model/lacaf_parameters.h"
#include "model/splitmix.h"

namespace hilum::model {
namespace {

/// The output of SplitMix64 at `state`, scaled to [-1, 1).
double number_at(std::uint64_t state) {
  return static_cast<double>(splitmix64(state) >> 11) * 0x1p-53 * 2 - 1;
}

}  // namespace

std::vector<double> generated_numbers(std::string_view name, std::size_t count,
                                      std::uint64_t seed) {
  constexpr std::uint64_t kSeedStep = 0xd1b54a32d192ed03;  // odd, so every seed is another start
  std::uint64_t state = fnv1a(name) + seed * kSeedStep;
  std::vector<double> numbers(count);
  for (double& number : numbers) number = number_at(state += kSplitMixStep);
  return numbers;
}

std::vector<float> generated_parameter(std::string_view name, std::span<const std::int64_t> shape,
                                       std::uint64_t seed) {
  double fan = 1;
  for (const std::int64_t n : shape.subspan(1)) fan *= static_cast<double>(n);
  const bool matrix = shape.size() >= 2;
  const double offset = !matrix && name.ends_with("weight") ? 1.0 : 0.0;
  const double scale = matrix ? std::sqrt(3.0 / fan) : 0.1;

  const auto count = static_cast<std::size_t>(fan) * static_cast<std::size_t>(shape.front());
  const auto numbers = generated_numbers(name, count, seed);
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<float>(offset + scale * numbers[i]);
  }
  return values;
}

std::vector<float> generated_text_features(int classes, std::uint64_t seed) {
  const auto numbers =
      generated_numbers("organ_embedding", static_cast<std::size_t>(classes) * kTextFeatures, seed);
  std::vector<float> values(numbers.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(0.3 * numbers[i]);
  return values;
}

}  // namespace hilum::model
