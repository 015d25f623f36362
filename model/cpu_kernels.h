#pragma once

#include <cstddef>
#include <span>

#include "model/bfloat16.h"

namespace hilum::model {

// What a LA-CAF window costs beside its convolutions, on one channel at a time as training has them
// (inference: channels_last.h): each function reads and writes memory once, computes in float and
// works on float and BFloat16 alike. Cubes have edge n, row-major. Callers run several channels at
// once.

struct Moments {
  double mean = 0;
  double variance = 0;  ///< biased
};
template <class T>
Moments moments(std::span<const T> values);

/// Mean and variance of the union of equally large sets.
Moments joint_moments(std::span<const Moments> parts);

/// Largest of each 2x2x2 block: cube `in` of edge 2n to `out` of edge n.
template <class T>
void max_pool_2(const T* in, T* out, int n);

/// 0, 1 or 2: the first, an inner or the last of `edge` positions.
inline std::size_t border_kind(std::size_t i, std::size_t edge) {
  return i == 0 ? 0 : i + 1 == edge ? 2 : 1;
}

/// One output channel of "up-sample by 2, then convolve 3x3x3" as eight 2x2x2 convolutions of the
/// small cube, one for each position within a 2x2x2 block (see lacaf_cpu.h).
template <class T>
struct UpPhases {
  const T* first = nullptr;       ///< cube of edge n + 1 for position (0, 0, 0)
  std::size_t phase_stride = 0;   ///< elements from one position's cube to the next; z fastest
  int n = 0;                      ///< edge of the small cube
  std::span<const float> border;  ///< 27 summands by {first, inner, last} of x, y, z; z fastest
};
/// Adds it to `cube`, of edge 2n.
template <class T>
void add_up_phases(const UpPhases<T>& up, T* cube);

/// What follows the decoder at every voxel: group norm and ReLU per channel, 1x1x1 convolution to 8
/// channels, then 8 -> 8 -> 8 -> 1 per class with that class's numbers.
struct VoxelHead {
  int channels = 0;                   ///< C
  int classes = 0;                    ///< K
  std::span<const float> scale;       ///< [C]; the normalisation is scale * v + shift
  std::span<const float> shift;       ///< [C]
  std::span<const float> weight;      ///< [8][C]
  std::span<const float> bias;        ///< [8]
  std::span<const float> parameters;  ///< [K][153]: W0 8x8, W1 8x8, W2 1x8, b0 8, b1 8, b2 1
};
/// Logits of `count` voxels: class k of voxel i goes to logits[k * stride + i]. Channel c of voxel
/// i is features[c * stride + i].
template <class T>
void head_logits(const VoxelHead& head, const T* features, std::size_t stride, std::size_t count,
                 float* logits);
/// The same for channels last: channel c of voxel i is features[i * C + c].
template <class T>
void head_logits_last(const VoxelHead& head, const T* features, std::size_t stride,
                      std::size_t count, float* logits);

}  // namespace hilum::model
