#pragma once

#include <cstddef>
#include <span>

#include "model/cpu_kernels.h"

namespace hilum::model {

// What a LA-CAF window costs beside its convolutions, for feature maps whose channels lie together:
// [X][Y][Z][C]. Each function takes one plane [Y][Z][C] (pooling: two), which stays in the
// processor's cache while several of them pass over it, computes in float and works on float and
// BFloat16 alike. Callers run several planes at once.

/// Mean and variance of each channel over `voxels` voxels; `of_channel` is [C].
template <class T>
void channel_moments(const T* values, std::size_t voxels, std::span<Moments> of_channel);

/// Normalisation of every channel: scale * v + shift, each [C].
struct ChannelNorm {
  std::span<const float> scale;
  std::span<const float> shift;
};

/// v = max(0, scale * v + shift), in place.
template <class T>
void norm_relu(T* values, std::size_t voxels, const ChannelNorm& norm);

/// The same for two planes [2n][2n][C], `values` and `values` + 4 n^2 C, to `out`, laid out alike,
/// and the largest of each of their 2x2x2 blocks to a plane [n][n][C], unrounded. `out` may be
/// `values`.
template <class T>
void norm_relu_max_pool(const float* values, std::size_t n, const ChannelNorm& norm, T* out,
                        float* pooled);

/// "Up-sample by 2, then convolve 3x3x3" as eight 2x2x2 convolutions of the small cube, one for
/// each position within a 2x2x2 block (see lacaf_cpu.h).
template <class T>
struct UpPhasesLast {
  const T* phases = nullptr;  ///< [n + 1][n + 1][n + 1][8][C], the position's z fastest
  std::size_t n = 0;          ///< edge of the small cube
  std::size_t channels = 0;   ///< C
  std::span<const float>
      border;  ///< [27][C] summands by {first, inner, last} of x, y, z; z fastest
};
/// Adds plane `x` of it to `plane`, [2n][2n][C].
template <class T>
void add_up_phases(const UpPhasesLast<T>& up, std::size_t x, T* plane);

}  // namespace hilum::model
