#include "model/channels_last.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

#include "tests/unit/model/kernel_numbers.h"

using namespace hilum;
using namespace hilum::model;
using test::kBFloat16Step;
using test::numbers;

namespace {

/// The numbers of channel `c`.
template <class T>
std::vector<double> channel_of(const std::vector<T>& values, std::size_t channels, std::size_t c) {
  std::vector<double> result;
  for (std::size_t i = c; i < values.size(); i += channels) {
    result.push_back(static_cast<double>(widen(values[i])));
  }
  return result;
}

}  // namespace

TEST_CASE_TEMPLATE("channels_last: moments are each channel's, for any number of voxels", T, float,
                   BFloat16) {
  for (const std::size_t channels : {1U, 5U, 8U, 16U, 48U, 64U, 80U}) {
    for (const std::size_t voxels : {1U, 2U, 24U, 100U, 1027U, 4096U}) {
      CAPTURE(channels);
      CAPTURE(voxels);
      const auto values = numbers<T>("moments", channels * voxels, 1, 1000);
      std::vector<Moments> of_channel(channels);
      channel_moments<T>(values.data(), voxels, of_channel);
      for (std::size_t c = 0; c < channels; ++c) {
        const auto own = channel_of(values, channels, c);
        double mean = 0;
        for (const double v : own) mean += v / static_cast<double>(voxels);
        double variance = 0;
        for (const double v : own)
          variance += (v - mean) * (v - mean) / static_cast<double>(voxels);
        CHECK(of_channel[c].mean == doctest::Approx(mean).epsilon(1e-6));
        CHECK(std::abs(of_channel[c].variance - variance) <= 1e-3 * variance + 1e-6);
      }
    }
  }
}

TEST_CASE_TEMPLATE("channels_last: normalisation scales, shifts and cuts each channel", T, float,
                   BFloat16) {
  for (const std::size_t channels : {3U, 16U, 100U}) {
    constexpr std::size_t voxels = 18;
    CAPTURE(channels);
    const auto values = numbers<T>("values", channels * voxels, 4);
    const auto scale = numbers<float>("scale", channels, 2);
    const auto shift = numbers<float>("shift", channels);
    auto normal = values;
    norm_relu<T>(normal.data(), voxels, {.scale = scale, .shift = shift});
    const double step = std::is_same_v<T, float> ? 0 : kBFloat16Step;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t c = i % channels;
      const double expected =
          std::max(0.0, static_cast<double>(scale[c] * widen(values[i]) + shift[c]));
      CHECK(std::abs(static_cast<double>(widen(normal[i])) - expected) <= expected * step + 1e-6);
    }
  }
}

TEST_CASE_TEMPLATE("channels_last: normalises and takes the largest of each block, unrounded", T,
                   float, BFloat16) {
  constexpr std::size_t n = 3;
  for (const std::size_t channels : {1U, 16U, 21U}) {
    CAPTURE(channels);
    const auto values = numbers<float>("pool", 2 * 4 * n * n * channels, 2);
    const auto scale = numbers<float>("scale", channels, 2);
    const auto shift = numbers<float>("shift", channels);
    auto expected = values;
    norm_relu<float>(expected.data(), 2 * 4 * n * n, {.scale = scale, .shift = shift});
    std::vector<T> out(values.size());
    std::vector<float> pooled(n * n * channels);
    norm_relu_max_pool<T>(values.data(), n, {.scale = scale, .shift = shift}, out.data(),
                          pooled.data());
    for (std::size_t i = 0; i < values.size(); ++i) {
      T narrowed;
      narrow(expected[i], narrowed);
      CHECK(widen(out[i]) == widen(narrowed));
    }
    for (std::size_t y = 0; y < n; ++y) {
      for (std::size_t z = 0; z < n; ++z) {
        for (std::size_t c = 0; c < channels; ++c) {
          float best = -1;
          for (std::size_t corner = 0; corner < 8; ++corner) {
            const std::size_t voxel =
                ((corner >> 2U) * 2 * n + 2 * y + (corner >> 1U & 1U)) * 2 * n + 2 * z +
                (corner & 1U);
            best = std::max(best, expected[voxel * channels + c]);
          }
          CHECK(pooled[(y * n + z) * channels + c] == best);
        }
      }
    }
  }
}

TEST_CASE("channels_last: what is normalised may take its values' place while it is pooled") {
  const auto values = numbers<float>("pool", 8 * 16, 2);
  const std::vector<float> scale(16, 1.5F);
  const std::vector<float> shift(16, 0.1F);
  std::vector<float> apart(values.size());
  std::vector<float> pooled(16);
  norm_relu_max_pool<float>(values.data(), 1, {.scale = scale, .shift = shift}, apart.data(),
                            pooled.data());
  auto in_place = values;
  std::vector<float> pooled_in_place(16);
  norm_relu_max_pool<float>(in_place.data(), 1, {.scale = scale, .shift = shift}, in_place.data(),
                            pooled_in_place.data());
  CHECK(in_place == apart);
  CHECK(pooled_in_place == pooled);
}

TEST_CASE("channels_last: phases land on their places, borders get their summands") {
  constexpr std::size_t n = 2;
  constexpr std::size_t edge = 2 * n;
  constexpr std::size_t channels = 3;
  constexpr std::size_t small = (n + 1) * (n + 1) * (n + 1);
  // Each number of the phases tells where it is from.
  std::vector<float> phases(small * 8 * channels);
  for (std::size_t i = 0; i < phases.size(); ++i) phases[i] = static_cast<float>(i);
  std::vector<float> border(27 * channels);
  for (std::size_t i = 0; i < border.size(); ++i) border[i] = static_cast<float>(1000 * i);
  const UpPhasesLast<float> up{
      .phases = phases.data(), .n = n, .channels = channels, .border = border};
  const auto kind = [](std::size_t i) { return i == 0 ? 0U : i + 1 == edge ? 2U : 1U; };
  const auto step = [](std::size_t i) { return i / 2 + i % 2; };
  for (std::size_t x = 0; x < edge; ++x) {
    std::vector<float> plane(edge * edge * channels, 0.5F);
    add_up_phases<float>(up, x, plane.data());
    for (std::size_t y = 0; y < edge; ++y) {
      for (std::size_t z = 0; z < edge; ++z) {
        const std::size_t position = x % 2 * 4 + y % 2 * 2 + z % 2;
        const std::size_t voxel = (step(x) * (n + 1) + step(y)) * (n + 1) + step(z);
        const std::size_t place = (kind(x) * 3 + kind(y)) * 3 + kind(z);
        for (std::size_t c = 0; c < channels; ++c) {
          const double expected = 0.5 + static_cast<double>((voxel * 8 + position) * channels + c) +
                                  1000.0 * static_cast<double>(place * channels + c);
          CHECK(static_cast<double>(plane[(y * edge + z) * channels + c]) ==
                doctest::Approx(expected));
        }
      }
    }
  }
}
