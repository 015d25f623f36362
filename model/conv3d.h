#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>

namespace hilum::model {

/// A 3-D convolution (correlation, as in LibTorch) of a cube with stride 1 and one zero around the
/// cube, without bias, for channels-last tensors: nothing is put into another order before and
/// after it, which took up to a quarter of a convolution's time with plain tensors. By Winograd's
/// algorithm (winograd_conv3d.h) where this processor is faster with it, else directly
/// (direct_conv3d.h).
///
/// For .cpp files of this folder only. One `run` at a time. Errors are exceptions: call it within
/// `guarded`.
class Conv3d {
 public:
  /// `weight` [out, in, k, k, k], float on the CPU, for cubes of `edge` voxels. Multiplies in
  /// `type`, float or bfloat16, and adds in float.
  Conv3d(const at::Tensor& weight, std::int64_t edge, at::ScalarType type);

  /// [1, in, edge, edge, edge] to [1, out, m, m, m] with m = edge + 3 - k, both of the
  /// constructor's type and channels last.
  [[nodiscard]] at::Tensor run(const at::Tensor& x) const { return algorithm_->run(x); }

  /// One way to do it; `run` as above.
  class Algorithm {
   public:
    Algorithm() = default;
    Algorithm(const Algorithm&) = delete;
    Algorithm& operator=(const Algorithm&) = delete;
    virtual ~Algorithm() = default;
    virtual at::Tensor run(const at::Tensor& x) = 0;
  };

 private:
  std::unique_ptr<Algorithm> algorithm_;
};

/// An uninitialised [1, channels, edge, edge, edge], in memory [edge][edge][edge][channels].
inline at::Tensor channels_last_cube(std::int64_t channels, std::int64_t edge,
                                     at::ScalarType type) {
  return at::empty({1, edge, edge, edge, channels}, type).permute({0, 4, 1, 2, 3});
}

}  // namespace hilum::model
