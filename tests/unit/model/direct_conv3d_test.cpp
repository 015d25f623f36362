// c10 and doctest both define CHECK.
#define DOCTEST_CONFIG_NO_SHORT_MACRO_NAMES
#include "model/direct_conv3d.h"

#include <doctest/doctest.h>

#include <array>
#include <memory>

#include "model/precision.h"
#include "tests/unit/model/conv3d_error.h"

using namespace hilum::model;

namespace {

constexpr std::array kShapes{test::Conv3dShape{1, 8, 12, 3}, test::Conv3dShape{2, 4, 5, 3},
                             test::Conv3dShape{16, 32, 8, 3}, test::Conv3dShape{24, 40, 6, 2},
                             test::Conv3dShape{64, 512, 4, 2}};

auto make(const at::Tensor& weight, std::int64_t edge, at::ScalarType type) {
  const std::shared_ptr<Conv3d::Algorithm> conv = direct_conv3d(weight, edge, type);
  return [conv](const at::Tensor& x) { return conv->run(x); };
}

}  // namespace

DOCTEST_TEST_CASE("direct_conv3d: gives what LibTorch gives, for any channels and both kernels") {
  test::check_conv3d(kShapes, at::kFloat, 1e-5, make);
}

DOCTEST_TEST_CASE("direct_conv3d: rounds to bfloat16 once, behind the sum") {
  if (!cpu_has_bfloat16()) {
    DOCTEST_MESSAGE("skipped: this processor has no bfloat16");
    return;
  }
  test::check_conv3d(kShapes, at::kBFloat16, 1.0 / 256, make);
}
