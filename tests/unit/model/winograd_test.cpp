#include "model/winograd/winograd.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include "model/winograd/choose_kernels.h"
#include "tests/unit/model/kernel_numbers.h"

using namespace hilum::model;

namespace {

/// Voxel (x, y, z), channel by channel, of the direct convolution of a cube [edge^3][in].
template <class T>
std::vector<double> direct(const WinogradShape& s, const std::vector<T>& in,
                           const std::vector<float>& weight, std::size_t x, std::size_t y,
                           std::size_t z) {
  std::vector<double> result(s.out);
  const std::size_t k = s.kernel;
  for (std::size_t tap = 0; tap < k * k * k; ++tap) {
    // One zero around the cube: -1 wraps and is beyond the edge.
    const std::size_t from_x = x + tap / (k * k) - 1;
    const std::size_t from_y = y + tap / k % k - 1;
    const std::size_t from_z = z + tap % k - 1;
    if (from_x >= s.edge || from_y >= s.edge || from_z >= s.edge) continue;
    const T* voxel = in.data() + ((from_x * s.edge + from_y) * s.edge + from_z) * s.in;
    for (std::size_t out = 0; out < s.out; ++out) {
      for (std::size_t c = 0; c < s.in; ++c) {
        result[out] += static_cast<double>(weight[(out * s.in + c) * k * k * k + tap]) *
                       static_cast<double>(widen(voxel[c]));
      }
    }
  }
  return result;
}

template <class T>
std::vector<T> convolve(const WinogradShape& shape, const WinogradKernels<T>& kernels,
                        const std::vector<T>& in, const std::vector<float>& weight) {
  const std::size_t edge = shape.out_edge();
  std::vector<T> out(edge * edge * edge * shape.out);
  for (T& value : out) narrow(1e30F, value);  // what nobody writes is seen
  const Winograd<T> convolution(shape, weight, kernels);
  typename Winograd<T>::Scratch scratch(convolution);
  // Backwards: parts do not depend on each other.
  for (std::size_t part = convolution.parts(); part-- > 0;) {
    convolution.run(part, in.data(), scratch, out.data());
  }
  return out;
}

/// Largest difference from the direct way, relative to the largest number.
template <class T>
double error_of(const WinogradShape& shape, const WinogradKernels<T>& kernels,
                const std::vector<T>& in, const std::vector<float>& weight) {
  const std::vector<T> out = convolve(shape, kernels, in, weight);
  const std::size_t edge = shape.out_edge();
  double largest = 0;
  double difference = 0;
  for (std::size_t voxel = 0; voxel < edge * edge * edge; ++voxel) {
    const std::vector<double> expected =
        direct(shape, in, weight, voxel / (edge * edge), voxel / edge % edge, voxel % edge);
    for (std::size_t c = 0; c < shape.out; ++c) {
      largest = std::max(largest, std::abs(expected[c]));
      difference =
          std::max(difference,
                   std::abs(static_cast<double>(widen(out[voxel * shape.out + c])) - expected[c]));
    }
  }
  return difference / largest;
}

std::vector<WinogradShape> shapes(std::size_t lanes) {
  return {
      {.in = lanes, .out = lanes, .kernel = 3, .edge = 2},          // one tile
      {.in = lanes, .out = 2 * lanes, .kernel = 3, .edge = 3},      // a tile beyond the cube
      {.in = 2 * lanes, .out = 3 * lanes, .kernel = 3, .edge = 6},  // several rows in a part
      {.in = lanes, .out = lanes, .kernel = 3, .edge = 40},         // several parts in a row
      {.in = lanes, .out = 2 * lanes, .kernel = 2, .edge = 1},
      {.in = 3 * lanes, .out = lanes, .kernel = 2, .edge = 6},
      {.in = lanes, .out = 5 * lanes, .kernel = 2, .edge = 9},
  };
}

}  // namespace

TEST_CASE_TEMPLATE("winograd: gives what the direct way gives, in every version for this processor",
                   T, float, BFloat16) {
  const auto all = runnable_kernels<T>();
  if (all.empty()) MESSAGE("skipped: this processor has no instructions for it");
  // In bfloat16: sums of inputs and of weights are rounded, and the result.
  const double tolerance = std::is_same_v<T, float> ? 2e-6 : 4 * test::kBFloat16Step;
  for (const WinogradKernels<T>* kernels : all) {
    MESSAGE("version " << std::string(kernels->name));  // avx2.cpp, avx512.cpp or avx512_bf16.cpp
    CAPTURE(std::string(kernels->name));
    for (const WinogradShape& shape : shapes(kernels->lanes)) {
      CAPTURE(shape.in);
      CAPTURE(shape.out);
      CAPTURE(shape.kernel);
      CAPTURE(shape.edge);
      const auto in = test::numbers<T>("in", shape.edge * shape.edge * shape.edge * shape.in);
      const auto weight = test::numbers<float>(
          "weight", shape.in * shape.out * shape.kernel * shape.kernel * shape.kernel);
      CHECK(error_of(shape, *kernels, in, weight) <= tolerance);
    }
  }
}

TEST_CASE_TEMPLATE("winograd: is exact where no sum needs rounding", T, float, BFloat16) {
  for (const WinogradKernels<T>* kernels : runnable_kernels<T>()) {
    for (const std::size_t kernel : {2U, 3U}) {
      CAPTURE(kernel);
      const WinogradShape shape{
          .in = kernels->lanes, .out = 3 * kernels->lanes, .kernel = kernel, .edge = 5};
      // -1, 0 or 1 for each voxel; every eighth weight is a multiple of 8, which the halves of
      // three axes leave whole, the others 0, so that results stay below 256.
      std::vector<T> in;
      for (const float u : test::numbers<float>("in", 125 * shape.in)) {
        T value;
        narrow(std::round(u * 1.4F), value);
        in.push_back(value);
      }
      std::vector<float> weight =
          test::numbers<float>("weight", shape.in * shape.out * kernel * kernel * kernel);
      for (float& u : weight) u = u > 0.97F ? 8.0F : u < -0.97F ? -8.0F : 0.0F;
      CHECK(error_of(shape, *kernels, in, weight) == 0);
    }
  }
}

TEST_CASE("winograd: channels decide on the version, and odd counts have none") {
  for (const std::size_t channels : {1U, 3U, 12U, 100U}) {
    CHECK(winograd_kernels<float>(channels, 64) == nullptr);
    CHECK(winograd_kernels<float>(64, channels) == nullptr);
  }
  for (const WinogradKernels<float>* kernels : runnable_kernels<float>()) {
    const WinogradKernels<float>* chosen = winograd_kernels<float>(kernels->lanes, 64);
    REQUIRE(chosen != nullptr);
    CHECK(chosen->lanes == kernels->lanes);
  }
}
