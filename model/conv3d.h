#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>

namespace hilum::model {

/// A 3-D convolution (correlation, as in LibTorch) of a cube with stride 1, without bias, for
/// channels-last tensors: nothing is put into another order before and after it, which took up to a
/// quarter of a convolution's time with plain tensors. oneDNN does it where the build has found it
/// (conv3d_onednn.cpp); else LibTorch (conv3d_torch.cpp), which keeps that order from 2.x on.
///
/// For .cpp files of this folder only. One `run` at a time. Errors are exceptions: call it within
/// `guarded`.
class Conv3d {
 public:
  /// `weight` [out, in, k, k, k], float on the CPU, for cubes of `edge` voxels with `padding` zeros
  /// on every side. Multiplies in `type`, float or bfloat16, and adds in float.
  Conv3d(const at::Tensor& weight, std::int64_t edge, std::int64_t padding, at::ScalarType type);
  Conv3d(Conv3d&&) noexcept;
  Conv3d& operator=(Conv3d&&) noexcept;
  ~Conv3d();

  /// [1, in, edge, edge, edge] to [1, out, m, m, m] with m = edge + 2 * padding - k + 1, both of
  /// the constructor's type and channels last.
  [[nodiscard]] at::Tensor run(const at::Tensor& x) const;

 private:
  struct Prepared;
  std::unique_ptr<Prepared> prepared_;
};

/// An uninitialised [1, channels, edge, edge, edge], in memory [edge][edge][edge][channels].
inline at::Tensor channels_last_cube(std::int64_t channels, std::int64_t edge,
                                     at::ScalarType type) {
  return at::empty({1, edge, edge, edge, channels}, type).permute({0, 4, 1, 2, 3});
}

}  // namespace hilum::model
