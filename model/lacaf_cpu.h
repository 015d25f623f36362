#pragma once

#include <ATen/ATen.h>

#include <array>
#include <span>
#include <vector>

#include "model/conv3d.h"
#include "model/cpu_kernels.h"
#include "model/lacaf_graph.h"

namespace hilum::model {

/// The LA-CAF network for the CPU: the numbers of `LaCafGraph` with less work (README.md, "How the
/// fast path saves work").
///
/// - "Up-sample by 2, join, convolve 3x3x3" is linear, so both weights are multiplied out once, at
///   construction: each of the eight positions within a 2x2x2 block is a 2x2x2 convolution of the
///   small cube. With it a third of all multiplications go, and the joined tensor is never made.
/// - Convolution biases are dropped where a normalisation follows, which removes any constant.
/// - Feature maps keep their channels together in memory from the first convolution to the head
///   (conv3d.h), so that nothing is put into another order between them.
/// - Convolutions take fewer multiplications (winograd/winograd.h).
/// - Normalisation, pooling, joining and head are the kernels of channels_last.h, in place.
///
/// The decoder's convolutions run on `type`, float or bfloat16; everything else computes in float.
/// The encoder's roundings would come out of the bottleneck as another image feature, which moves
/// all voxels at once (adr/0003).
/// For .cpp files of this folder only. One `run` at a time. Errors are c10 exceptions.
class LaCafCpu {
 public:
  /// Keeps a reference to `weights`, in float on the CPU.
  LaCafCpu(const LaCafSize& size, const WeightTable& weights, at::ScalarType type);

  /// Logits [K][w][w][w] of one window [w][w][w].
  void run(std::span<const float> window, const LaCafGraph::Text& text,
           std::span<float> logits) const;

 private:
  struct Norm {
    std::vector<float> weight;
    std::vector<float> bias;
  };
  /// Convolution 3x3x3, normalisation, ReLU.
  struct ConvBlock {
    Conv3d conv;
    Norm norm;
  };
  /// What a level of the encoder hands on.
  struct Level {
    at::Tensor skip;    ///< to the decoder, of the network's type
    at::Tensor pooled;  ///< to the next level, float
  };
  struct UpBlock {
    Conv3d phases;              ///< to [8 * out], the position in the block slowest
    std::vector<float> border;  ///< [27][out], see UpPhasesLast
    Conv3d skip;
    Norm norm;
    ConvBlock second;
  };

  [[nodiscard]] Norm norm(const std::string& layer) const;
  [[nodiscard]] ConvBlock conv_block(const std::string& block, std::int64_t edge,
                                     at::ScalarType type) const;
  [[nodiscard]] UpBlock up_block(const std::string& block, std::int64_t edge) const;
  [[nodiscard]] at::Tensor run_block(const at::Tensor& x, const ConvBlock& block) const;
  [[nodiscard]] Level run_down(const at::Tensor& x, const std::array<ConvBlock, 2>& blocks) const;
  [[nodiscard]] at::Tensor run_up(at::Tensor x, at::Tensor skip, const UpBlock& block) const;
  void run_head(const at::Tensor& features, const at::Tensor& parameters,
                std::span<float> logits) const;

  LaCafSize size_;
  const WeightTable& weights_;
  at::ScalarType type_;
  LaCafGraph graph_;
  std::vector<std::array<ConvBlock, 2>> down_;  ///< of each level, the finest first
  std::vector<UpBlock> up_;                     ///< the coarsest first
  Norm head_norm_;
  std::vector<float> head_weight_;  ///< [8][2w]
  std::vector<float> head_bias_;    ///< [8]
};

}  // namespace hilum::model
