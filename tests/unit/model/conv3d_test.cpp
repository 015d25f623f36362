// c10 and doctest both define CHECK.
#define DOCTEST_CONFIG_NO_SHORT_MACRO_NAMES
#include "model/conv3d.h"

#include <doctest/doctest.h>

#include <array>
#include <memory>

#include "model/precision.h"
#include "tests/unit/model/conv3d_error.h"

using namespace hilum::model;

namespace {

/// Some that Winograd's algorithm is for, where the processor has what it takes, and some that it
/// is not for.
constexpr std::array kShapes{test::Conv3dShape{1, 8, 12, 3},  test::Conv3dShape{2, 4, 5, 3},
                             test::Conv3dShape{16, 32, 8, 3}, test::Conv3dShape{64, 64, 10, 3},
                             test::Conv3dShape{24, 40, 6, 2}, test::Conv3dShape{64, 512, 4, 2}};

auto make(const at::Tensor& weight, std::int64_t edge, at::ScalarType type) {
  return [conv = std::make_shared<Conv3d>(weight, edge, type)](const at::Tensor& x) {
    return conv->run(x);
  };
}

}  // namespace

DOCTEST_TEST_CASE("conv3d: gives what LibTorch gives, whichever algorithm it chooses") {
  test::check_conv3d(kShapes, at::kFloat, 1e-5, make);
}

DOCTEST_TEST_CASE("conv3d: in bfloat16 loses no more than sums before rounding can") {
  if (!cpu_has_bfloat16()) {
    DOCTEST_MESSAGE("skipped: this processor has no bfloat16");
    return;
  }
  test::check_conv3d(kShapes, at::kBFloat16, 2.0 / 256, make);
}
