#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace hilum::model::train {

// The parts of a training step beside the convolutions, each as one differentiable operation on the
// kernels of train_kernels.h, for the CPU. Activations are contiguous, float or bfloat16; weights
// and their gradients float. For .cpp files of this folder only, because it speaks of ATen;
// functions throw c10::Error. Sums are made in an order that does not depend on the threads.

/// A normalisation's numbers per channel, [C] each.
struct NormWeights {
  at::Tensor weight;
  at::Tensor bias;
  /// The bias of the convolution in front, which the normalisation removes, or none. Gets a
  /// gradient of zero, so that it stays among what is trained.
  at::Tensor removed{};
};
/// max(0, group norm(x)) of x [N, C, x, y, z] in `type`. C groups are instance norm.
at::Tensor norm_relu(const at::Tensor& x, const NormWeights& norm, std::int64_t groups,
                     at::ScalarType type);

/// Largest of each 2x2x2 block, [N, C, n, n, n] of [N, C, 2n, 2n, 2n].
at::Tensor max_pool_2(const at::Tensor& x);

/// Adds what lacaf_cpu.h describes to `cube` [N, C, 2n, 2n, 2n], in place: `phases`
/// [N, 8 * C, n + 1, n + 1, n + 1], the position in the block slowest, and `border` [C, 27].
/// Returns `cube`, whose old value no gradient may need.
at::Tensor add_up_phases(const at::Tensor& phases, const at::Tensor& border, at::Tensor cube);

/// Logits [N, K, x, y, z] in float of features [N, C, x, y, z], none negative: 1x1x1 convolution
/// to 8 channels with weight [8, C, 1, 1, 1] and bias [8], then per class 8 -> 8 -> 8 -> 1 with the
/// numbers of `parameters` [N, K, 153].
at::Tensor voxel_head(const at::Tensor& features, const at::Tensor& weight, const at::Tensor& bias,
                      const at::Tensor& parameters);

}  // namespace hilum::model::train
