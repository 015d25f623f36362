// c10 and doctest both define CHECK.
#define DOCTEST_CONFIG_NO_SHORT_MACRO_NAMES
#include "model/direct_conv3d.h"

#include <doctest/doctest.h>

#include <array>

#include "model/precision.h"
#include "tests/unit/model/conv3d_error.h"

using namespace hilum::model;

namespace {

constexpr std::array kShapes{test::Conv3dShape{1, 8, 12, 3}, test::Conv3dShape{2, 4, 5, 3},
                             test::Conv3dShape{16, 32, 8, 3}, test::Conv3dShape{24, 40, 6, 2},
                             test::Conv3dShape{64, 512, 4, 2}};

double error_of(const test::Conv3dShape& shape, at::ScalarType type) {
  return test::conv3d_error(shape, type, [&](const at::Tensor& weight, const at::Tensor& x) {
    return direct_conv3d(weight, shape.edge, type)->run(x);
  });
}

}  // namespace

DOCTEST_TEST_CASE("direct_conv3d: gives what LibTorch gives, for any channels and both kernels") {
  for (const test::Conv3dShape& shape : kShapes) {
    DOCTEST_CAPTURE(shape.in);
    DOCTEST_CAPTURE(shape.out);
    DOCTEST_CHECK(error_of(shape, at::kFloat) < 1e-5);
  }
}

DOCTEST_TEST_CASE("direct_conv3d: rounds to bfloat16 once, behind the sum") {
  if (!cpu_has_bfloat16()) {
    DOCTEST_MESSAGE("skipped: this processor has no bfloat16");
    return;
  }
  for (const test::Conv3dShape& shape : kShapes) {
    DOCTEST_CAPTURE(shape.in);
    DOCTEST_CAPTURE(shape.out);
    DOCTEST_CHECK(error_of(shape, at::kBFloat16) < 1.0 / 256);
  }
}
