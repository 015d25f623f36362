// c10 and doctest both define CHECK.
#define DOCTEST_CONFIG_NO_SHORT_MACRO_NAMES
#include "model/conv3d.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <array>

#include "model/precision.h"

using namespace hilum::model;

namespace {

struct Shape {
  std::int64_t in;
  std::int64_t out;
  std::int64_t edge;
  std::int64_t kernel;
};

constexpr std::array kShapes{Shape{1, 8, 12, 3}, Shape{2, 4, 5, 3}, Shape{16, 32, 8, 3},
                             Shape{24, 40, 6, 2}, Shape{64, 512, 4, 2}};

/// Largest difference from LibTorch's own convolution in double, relative to the largest number.
double error_of(const Shape& shape, at::ScalarType type) {
  at::manual_seed(1);
  // Numbers that `type` has, so that only the sums are looked at.
  const auto random = [&](at::IntArrayRef sizes) {
    return at::randn(sizes).to(type).to(at::kFloat);
  };
  const at::Tensor weight = random({shape.out, shape.in, shape.kernel, shape.kernel, shape.kernel});
  const at::Tensor plain = random({1, shape.in, shape.edge, shape.edge, shape.edge});
  at::Tensor x = channels_last_cube(shape.in, shape.edge, type);
  x.copy_(plain);
  const at::Tensor y = Conv3d(weight, shape.edge, /*padding=*/1, type).run(x);
  DOCTEST_CHECK((y.scalar_type() == type));
  DOCTEST_CHECK((y.size(1) == 1 || y.stride(1) == 1));
  const at::Tensor expected = at::conv3d(plain.to(at::kDouble), weight.to(at::kDouble), {}, 1, 1);
  DOCTEST_REQUIRE((y.sizes() == expected.sizes()));
  return ((y.to(at::kDouble) - expected).abs().max() / expected.abs().max()).item<double>();
}

}  // namespace

DOCTEST_TEST_CASE(
    "conv3d: gives what LibTorch gives, for any number of channels and both kernels") {
  for (const Shape& shape : kShapes) {
    DOCTEST_CAPTURE(shape.in);
    DOCTEST_CAPTURE(shape.out);
    DOCTEST_CHECK(error_of(shape, at::kFloat) < 1e-5);
  }
}

DOCTEST_TEST_CASE("conv3d: rounds to bfloat16 once, behind the sum") {
  if (!cpu_has_bfloat16()) {
    DOCTEST_MESSAGE("skipped: this processor has no bfloat16");
    return;
  }
  for (const Shape& shape : kShapes) {
    DOCTEST_CAPTURE(shape.in);
    DOCTEST_CAPTURE(shape.out);
    DOCTEST_CHECK(error_of(shape, at::kBFloat16) < 1.0 / 256);
  }
}
