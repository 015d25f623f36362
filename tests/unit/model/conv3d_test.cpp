// c10 and doctest both define CHECK.
#define DOCTEST_CONFIG_NO_SHORT_MACRO_NAMES
#include "model/conv3d.h"

#include <doctest/doctest.h>

#include <array>

#include "model/precision.h"
#include "tests/unit/model/conv3d_error.h"

using namespace hilum::model;

namespace {

/// Some that Winograd's algorithm is for, where the processor has what it takes, and some that it
/// is not for.
constexpr std::array kShapes{test::Conv3dShape{1, 8, 12, 3},  test::Conv3dShape{2, 4, 5, 3},
                             test::Conv3dShape{16, 32, 8, 3}, test::Conv3dShape{64, 64, 10, 3},
                             test::Conv3dShape{24, 40, 6, 2}, test::Conv3dShape{64, 512, 4, 2}};

double error_of(const test::Conv3dShape& shape, at::ScalarType type) {
  return test::conv3d_error(shape, type, [&](const at::Tensor& weight, const at::Tensor& x) {
    return Conv3d(weight, shape.edge, type).run(x);
  });
}

}  // namespace

DOCTEST_TEST_CASE("conv3d: gives what LibTorch gives, whichever algorithm it chooses") {
  for (const test::Conv3dShape& shape : kShapes) {
    DOCTEST_CAPTURE(shape.in);
    DOCTEST_CAPTURE(shape.out);
    DOCTEST_CHECK(error_of(shape, at::kFloat) < 1e-5);
  }
}

DOCTEST_TEST_CASE("conv3d: in bfloat16 loses no more than sums before rounding can") {
  if (!cpu_has_bfloat16()) {
    DOCTEST_MESSAGE("skipped: this processor has no bfloat16");
    return;
  }
  for (const test::Conv3dShape& shape : kShapes) {
    DOCTEST_CAPTURE(shape.in);
    DOCTEST_CAPTURE(shape.out);
    DOCTEST_CHECK(error_of(shape, at::kBFloat16) < 2.0 / 256);
  }
}
