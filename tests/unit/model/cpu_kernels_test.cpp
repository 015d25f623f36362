#include "model/cpu_kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/lacaf_parameters.h"
#include "tests/unit/model/kernel_numbers.h"

using namespace hilum;
using namespace hilum::model;
using test::numbers;

namespace {

BFloat16 bfloat16(float value) {
  BFloat16 result;
  narrow(value, result);
  return result;
}

}  // namespace

TEST_CASE("cpu_kernels: bfloat16 rounds to nearest, ties to even") {
  CHECK(widen(bfloat16(1.0F)) == 1.0F);
  CHECK(widen(bfloat16(-0.0F)) == 0.0F);
  CHECK(widen(bfloat16(1.0F + 1.0F / 256)) == 1.0F);               // a tie, 1 is even
  CHECK(widen(bfloat16(1.0F + 3.0F / 256)) == 1.0F + 4.0F / 256);  // a tie, upwards
  CHECK(widen(bfloat16(1.0F + 1.1F / 256)) == 1.0F + 2.0F / 256);
  CHECK(widen(bfloat16(3.0e38F)) < std::numeric_limits<float>::infinity());
}

TEST_CASE_TEMPLATE("cpu_kernels: moments are right for a mean far from zero and any length", T,
                   float, BFloat16) {
  for (const std::size_t count :
       {std::size_t{1}, std::size_t{31}, std::size_t{1024}, std::size_t{5000}}) {
    CAPTURE(count);
    const auto values = numbers<T>("moments", count, 1, 1000);
    double mean = 0;
    for (const T v : values) mean += static_cast<double>(widen(v)) / static_cast<double>(count);
    double variance = 0;
    for (const T v : values) {
      variance += std::pow(static_cast<double>(widen(v)) - mean, 2) / static_cast<double>(count);
    }
    const Moments m = moments<T>(std::span<const T>(values));
    CHECK(m.mean == doctest::Approx(mean).epsilon(1e-6));
    CHECK(m.variance == doctest::Approx(variance).epsilon(1e-3));
  }
}

TEST_CASE_TEMPLATE("cpu_kernels: pooling takes the largest of each block", T, float, BFloat16) {
  constexpr std::size_t n = 3;
  const auto in = numbers<T>("pool", 8 * n * n * n);
  std::vector<T> out(n * n * n);
  max_pool_2<T>(in.data(), out.data(), n);
  for (std::size_t x = 0; x < n; ++x) {
    for (std::size_t y = 0; y < n; ++y) {
      for (std::size_t z = 0; z < n; ++z) {
        float best = -10;
        for (std::size_t corner = 0; corner < 8; ++corner) {
          const std::size_t at =
              ((2 * x + (corner >> 2U)) * 2 * n + 2 * y + (corner >> 1U & 1U)) * 2 * n + 2 * z +
              (corner & 1U);
          best = std::max(best, widen(in[at]));
        }
        CHECK(widen(out[(x * n + y) * n + z]) == best);
      }
    }
  }
}

TEST_CASE("cpu_kernels: phases land on their places, borders get their summands") {
  constexpr std::size_t n = 2;
  constexpr std::size_t small = (n + 1) * (n + 1) * (n + 1);
  // Phase p has the value 100 p + its own index everywhere, so each output tells where it is from.
  std::vector<float> phases;
  for (std::size_t p = 0; p < 8; ++p) {
    for (std::size_t i = 0; i < small; ++i) phases.push_back(static_cast<float>(100 * p + i));
  }
  std::vector<float> border(27);
  for (std::size_t i = 0; i < 27; ++i) border[i] = static_cast<float>(1000 * i);
  std::vector<float> cube(64, 0.5F);
  add_up_phases<float>({.first = phases.data(), .phase_stride = small, .n = n, .border = border},
                       cube.data());
  const auto kind = [](std::size_t i) { return i == 0 ? 0U : i == 3 ? 2U : 1U; };
  for (std::size_t x = 0; x < 4; ++x) {
    for (std::size_t y = 0; y < 4; ++y) {
      for (std::size_t z = 0; z < 4; ++z) {
        const std::size_t phase = x % 2 * 4 + y % 2 * 2 + z % 2;
        const auto step = [](std::size_t i) { return i / 2 + i % 2; };
        const std::size_t at = (step(x) * (n + 1) + step(y)) * (n + 1) + step(z);
        const std::size_t place = (kind(x) * 3 + kind(y)) * 3 + kind(z);
        CHECK(cube[(x * 4 + y) * 4 + z] ==
              doctest::Approx(0.5 + 100.0 * static_cast<double>(phase) + static_cast<double>(at) +
                              1000.0 * static_cast<double>(place)));
      }
    }
  }
}

TEST_CASE("cpu_kernels: the head is three dense layers per class at every voxel") {
  constexpr int channels = 5;
  constexpr int classes = 2;
  constexpr std::size_t voxels = 300;  // not a multiple of any block
  const auto features = numbers<float>("features", channels * voxels);
  const auto scale = numbers<float>("scale", channels);
  const auto shift = numbers<float>("shift", channels);
  const auto weight = numbers<float>("weight", 8 * channels);
  const auto bias = numbers<float>("bias", 8);
  const auto parameters = numbers<float>("parameters", classes * kHeadParameters);
  const VoxelHead head{.channels = channels,
                       .classes = classes,
                       .scale = scale,
                       .shift = shift,
                       .weight = weight,
                       .bias = bias,
                       .parameters = parameters};
  std::vector<float> logits(classes * voxels);
  head_logits<float>(head, features.data(), voxels, voxels, logits.data());
  std::vector<float> channels_last(features.size());
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < voxels; ++i) {
      channels_last[i * channels + c] = features[c * voxels + i];
    }
  }
  std::vector<float> same(logits.size());
  head_logits_last<float>(head, channels_last.data(), voxels, voxels, same.data());
  for (std::size_t i = 0; i < same.size(); ++i) {
    CHECK(static_cast<double>(same[i]) == doctest::Approx(static_cast<double>(logits[i])));
  }
  for (std::size_t k = 0; k < classes; ++k) {
    const float* p = parameters.data() + k * kHeadParameters;
    for (std::size_t i = 0; i < voxels; ++i) {
      std::vector<double> x(8);
      for (std::size_t o = 0; o < 8; ++o) {
        x[o] = static_cast<double>(bias[o]);
        for (std::size_t c = 0; c < channels; ++c) {
          x[o] +=
              static_cast<double>(weight[o * channels + c]) *
              std::max(0.0, static_cast<double>(scale[c] * features[c * voxels + i] + shift[c]));
        }
      }
      for (const int layer : {0, 1}) {
        std::vector<double> y(8);
        for (std::size_t o = 0; o < 8; ++o) {
          double sum = static_cast<double>(p[136 + 8 * layer + static_cast<int>(o)]);
          for (std::size_t c = 0; c < 8; ++c) {
            sum += static_cast<double>(p[64 * layer + static_cast<int>(o * 8 + c)]) * x[c];
          }
          y[o] = std::max(0.0, sum);
        }
        x = y;
      }
      double expected = static_cast<double>(p[152]);
      for (std::size_t c = 0; c < 8; ++c) expected += static_cast<double>(p[128 + c]) * x[c];
      CHECK(static_cast<double>(logits[k * voxels + i]) == doctest::Approx(expected).epsilon(1e-4));
    }
  }
}
