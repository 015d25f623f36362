#pragma once

#include <cstddef>
#include <span>

#include "model/cpu_kernels.h"

namespace hilum::model::train {

// What a training step of LA-CAF on the CPU costs beside its convolutions, the backward passes of
// model/cpu_kernels.h: on one channel at a time, in float, for float and BFloat16 alike. Cubes are
// row-major. Callers run several channels at once.

/// Normalisation of a channel followed by ReLU: max(0, scale * v + shift).
struct ScaleShift {
  float scale = 0;
  float shift = 0;
};

/// out = max(0, scale * v + shift).
template <class In, class Out>
void scale_shift_relu_to(std::span<const In> values, const ScaleShift& norm, Out* out);

/// Sums over the voxels where the ReLU let something through.
struct ReluSums {
  double gradient = 0;  ///< sum of g
  double product = 0;   ///< sum of g * (v - mean)
};
template <class In, class Out>
ReluSums relu_sums(std::span<const In> values, const Out* gradient, const ScaleShift& norm,
                   float mean);

/// out = of_gradient * g + of_value * v + constant, g = 0 where the ReLU let nothing through.
struct NormGradient {
  float of_gradient = 0;
  float of_value = 0;
  float constant = 0;
};
template <class In, class Out>
void norm_relu_gradient(std::span<const In> values, const Out* gradient, const ScaleShift& norm,
                        const NormGradient& factors, In* out);

/// Gradient of `max_pool_2`: each of `gradient`, a cube of edge n, goes to the first largest value
/// of its block of `in`, of edge 2n; `out` is zero elsewhere.
template <class T>
void max_pool_2_gradient(const T* in, const T* gradient, T* out, int n);

/// Gradient of `add_up_phases` for the phases: copies each position's voxels of `cube`, of edge
/// 2n, to that position's cube of edge n + 1. What the forward pass did not read is left alone.
template <class T>
void gather_up_phases(const T* cube, T* first, std::size_t phase_stride, int n);
/// Its gradient for the 27 border summands; [13], of the inner voxels, is set to zero.
template <class T>
void border_gradient(const T* cube, int edge, std::span<float, 27> out);

/// Gradients of the numbers of a `VoxelHead` whose scale is 1 and shift 0; to be added to.
struct HeadGradient {
  std::span<float> weight;      ///< [8][C]
  std::span<float> bias;        ///< [8]
  std::span<float> parameters;  ///< [K][153]
};
/// Backward pass of `head_logits` on the same voxels: adds to `sums`, writes the features'
/// gradient to `out`, laid out as `features`. Features must not be negative.
template <class T>
void head_gradient(const VoxelHead& head, const T* features, const float* logit_gradient,
                   std::size_t stride, std::size_t count, const HeadGradient& sums, T* out);

}  // namespace hilum::model::train
