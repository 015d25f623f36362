#include "model/generated_weights.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

using namespace hilum::model;

TEST_CASE("generated_weights: numbers depend on name and seed alone") {
  const auto numbers = generated_numbers("input", 4);
  CHECK(generated_numbers("input", 2)[1] == numbers[1]);
  CHECK(generated_numbers("other", 1)[0] != numbers[0]);
  CHECK(generated_numbers("input", 1, 7)[0] != numbers[0]);
  // By hand: FNV-1a-64("") = cbf29ce484222325, plus one step, through SplitMix64.
  std::uint64_t z = 0xcbf29ce484222325 + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  CHECK(generated_numbers("", 1)[0] == std::ldexp(static_cast<double>(z >> 11), -52) - 1);
}

TEST_CASE("generated_weights: numbers are spread evenly from -1 to 1") {
  double sum = 0;
  double squares = 0;
  constexpr std::size_t kCount = 10'000;
  for (const double u : generated_numbers("x", kCount, 3)) {
    CHECK((u >= -1 && u < 1));
    sum += u;
    squares += u * u;
  }
  CHECK(std::abs(sum / kCount) < 0.02);
  CHECK(squares / kCount == doctest::Approx(1.0 / 3).epsilon(0.03));
}

TEST_CASE("generated_weights: scale follows from shape and name") {
  const double u = generated_numbers("a.weight", 1)[0];
  CHECK(generated_parameter("a.weight", std::array<std::int64_t, 2>{2, 3})[0] ==
        static_cast<float>(u));  // sqrt(3 / 3)
  CHECK(generated_parameter("a.weight", std::array<std::int64_t, 1>{2})[0] ==
        static_cast<float>(1 + 0.1 * u));
  CHECK(generated_parameter("a.bias", std::array<std::int64_t, 1>{2})[0] ==
        static_cast<float>(0.1 * generated_numbers("a.bias", 1)[0]));
  CHECK(generated_text_features(4).size() == 4 * 512);
}
