#include "model/train/level_path.h"

#include <vector>

#include "model/train/cpu_ops.h"

namespace hilum::model::train {
namespace {

using at::Tensor;

/// The kernels [8 * out, in, 2, 2, 2] of the eight positions within a 2x2x2 block, of the
/// transposed convolution `up` [in, middle, 2, 2, 2] followed by `kernel` [out, middle, 3, 3, 3];
/// see `phase_weights` in lacaf_cpu.cpp. Here as one matrix product, whose gradients cost little:
/// every pair of taps adds at the sum of their places, in a 4x4x4 kernel.
Tensor phase_weights(const Tensor& up, const Tensor& kernel) {
  const std::int64_t in = up.size(0);
  const std::int64_t middle = up.size(1);
  const std::int64_t out = kernel.size(0);
  const Tensor taps = at::matmul(up.flatten(2).permute({0, 2, 1}).reshape({in * 8, middle}),
                                 kernel.flatten(2).permute({1, 0, 2}).reshape({middle, out * 27}))
                          .view({in, 2, 2, 2, out, 27});
  // The kernel correlates: tap r of it meets the place u of a block where the joint kernel has
  // u + 2 - r. That is reversed below, so that places add.
  const Tensor reversed = taps.flip({5}).view({in, 2, 2, 2, out, 3, 3, 3});
  Tensor joint;
  for (std::int64_t place = 0; place < 8; ++place) {
    const std::int64_t x = place / 4;
    const std::int64_t y = place / 2 % 2;
    const std::int64_t z = place % 2;
    const Tensor part = at::constant_pad_nd(reversed.select(1, x).select(1, y).select(1, z),
                                            {z, 1 - z, y, 1 - y, x, 1 - x});
    joint = joint.defined() ? joint + part : part;
  }
  // An output at position p of a block has the taps 3 - p and 1 - p of four along each axis.
  std::vector<Tensor> phases;
  for (std::int64_t place = 0; place < 8; ++place) {
    const auto pick = [](const Tensor& x, std::int64_t axis, std::int64_t p) {
      return at::slice(x, axis, 1 - p, 4 - p, 2).flip({axis});
    };
    phases.push_back(
        pick(pick(pick(joint, 2, place / 4), 3, place / 2 % 2), 4, place % 2).transpose(0, 1));
  }
  return at::cat(phases, 0);
}

/// What the up-sampling's bias [middle] adds at the 27 kinds of border [out, 27], as the difference
/// from the inner voxels, whose share normalisation removes.
Tensor border_of(const Tensor& bias, const Tensor& kernel) {
  const Tensor cube = bias.view({1, -1, 1, 1, 1}).expand({1, bias.size(0), 3, 3, 3});
  const Tensor field = at::conv3d(cube, kernel, {}, 1, 1).flatten(2).squeeze(0);
  return field - field.narrow(1, 13, 1);
}

Tensor conv(const Tensor& x, const Tensor& weight) {
  return at::conv3d(x, weight.to(x.scalar_type()), {}, /*stride=*/1, /*padding=*/1);
}

}  // namespace

Tensor LevelPath::norm(const LaCafGraph& graph, const Tensor& x, const std::string& block) const {
  return norm_relu(x,
                   {.weight = graph.weight(block + ".bn1.weight"),
                    .bias = graph.weight(block + ".bn1.bias"),
                    .removed = graph.weight(block + ".conv1.bias")},
                   x.size(1), type_);
}

Tensor LevelPath::conv_block(const LaCafGraph& graph, const Tensor& x,
                             const std::string& block) const {
  return norm(graph, conv(x, graph.weight(block + ".conv1.weight")), block);
}

Tensor LevelPath::two_convs(const LaCafGraph& graph, const Tensor& x,
                            const std::string& block) const {
  if (!fast_) return graph.two_convs(x, block);
  const std::string ops = "backbone." + block + ".ops.";
  return conv_block(graph, conv_block(graph, x, ops + "0"), ops + "1");
}

Tensor LevelPath::pooled_two_convs(const LaCafGraph& graph, const Tensor& x,
                                   const std::string& block) const {
  return two_convs(graph, fast_ ? max_pool_2(x) : at::max_pool3d(x, 2), block);
}

Tensor LevelPath::up(const LaCafGraph& graph, const Tensor& x, const Tensor& skip,
                     const std::string& block) const {
  if (!fast_) return graph.up(x, skip, block);
  const std::string name = "backbone." + block;
  const Tensor& up = graph.weight(name + ".up_conv.weight");
  const Tensor& kernel = graph.weight(name + ".ops.0.conv1.weight");
  const Tensor of_up = kernel.narrow(1, 0, up.size(1));
  const Tensor of_skip = kernel.narrow(1, up.size(1), skip.size(1));
  const Tensor phases = conv(x, phase_weights(up, of_up));
  const Tensor border = border_of(graph.weight(name + ".up_conv.bias"), of_up);
  const Tensor y = add_up_phases(phases, border, conv(skip, of_skip));
  return conv_block(graph, norm(graph, y, name + ".ops.0"), name + ".ops.1");
}

Tensor LevelPath::head(const LaCafGraph& graph, const Tensor& shallow,
                       const Tensor& parameters) const {
  if (!fast_) {
    return graph.head(graph.head_input(shallow), parameters.to(shallow.scalar_type()))
        .to(at::kFloat);
  }
  const auto groups = group_count(static_cast<int>(shallow.size(1)));
  const Tensor features = norm_relu(
      shallow,
      {.weight = graph.weight("precls_conv.0.weight"), .bias = graph.weight("precls_conv.0.bias")},
      groups, type_);
  return voxel_head(features, graph.weight("precls_conv.2.weight"),
                    graph.weight("precls_conv.2.bias"), parameters);
}

}  // namespace hilum::model::train
