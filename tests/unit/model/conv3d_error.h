#pragma once

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <span>

#include "model/conv3d.h"

namespace hilum::model::test {

struct Conv3dShape {
  std::int64_t in;
  std::int64_t out;
  std::int64_t edge;
  std::int64_t kernel;
};

/// Largest difference of `conv(weight, x)` from LibTorch's own convolution in double, relative to
/// the largest number, for normally distributed numbers that `type` has, so that only what is
/// computed with them is looked at. NaN when the answer has another shape, type or order.
inline double conv3d_error(
    const Conv3dShape& shape, at::ScalarType type,
    const std::function<at::Tensor(const at::Tensor& weight, const at::Tensor& x)>& conv) {
  at::manual_seed(1);
  const auto random = [&](at::IntArrayRef sizes) {
    return at::randn(sizes).to(type).to(at::kFloat);
  };
  const at::Tensor weight = random({shape.out, shape.in, shape.kernel, shape.kernel, shape.kernel});
  const at::Tensor plain = random({1, shape.in, shape.edge, shape.edge, shape.edge});
  at::Tensor x = channels_last_cube(shape.in, shape.edge, type);
  x.copy_(plain);
  const at::Tensor y = conv(weight, x);
  const at::Tensor expected = at::conv3d(plain.to(at::kDouble), weight.to(at::kDouble), {}, 1, 1);
  const bool as_promised = y.scalar_type() == type && (y.size(1) == 1 || y.stride(1) == 1) &&
                           y.sizes() == expected.sizes();
  if (!as_promised) return std::numeric_limits<double>::quiet_NaN();
  return ((y.to(at::kDouble) - expected).abs().max() / expected.abs().max()).item<double>();
}

/// What makes a convolution of a weight for cubes of an edge.
using MakeConv3d = std::function<std::function<at::Tensor(const at::Tensor& x)>(
    const at::Tensor& weight, std::int64_t edge, at::ScalarType type)>;

inline void check_conv3d(std::span<const Conv3dShape> shapes, at::ScalarType type, double tolerance,
                         const MakeConv3d& make) {
  for (const Conv3dShape& shape : shapes) {
    DOCTEST_CAPTURE(shape.in);
    DOCTEST_CAPTURE(shape.out);
    DOCTEST_CHECK(conv3d_error(shape, type, [&](const at::Tensor& weight, const at::Tensor& x) {
                    return make(weight, shape.edge, type)(x);
                  }) < tolerance);
  }
}

}  // namespace hilum::model::test
