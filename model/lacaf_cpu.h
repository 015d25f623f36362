#pragma once

#include <ATen/ATen.h>

#include <array>
#include <span>
#include <vector>

#include "model/lacaf_graph.h"

namespace hilum::model {

/// The LA-CAF network for the CPU: the numbers of `LaCafGraph` with less work (README.md, "How the
/// CPU path saves work").
///
/// - "Up-sample by 2, join, convolve 3x3x3" is linear, so both weights are multiplied out once, at
///   construction: each of the eight positions within a 2x2x2 block is a 2x2x2 convolution of the
///   small cube. With it a third of all multiplications go, and the joined tensor is never made.
/// - Convolution biases are dropped where a normalisation follows, which removes any constant.
/// - Normalisation, pooling, joining and head are the kernels of cpu_kernels.h, in place.
///
/// Convolutions run in oneDNN on `type`, float or bfloat16; everything else computes in float.
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
    at::Tensor weight;
    Norm norm;
  };
  struct UpBlock {
    at::Tensor phase_weight;    ///< [8 * out, in, 2, 2, 2], the position in the block slowest
    std::vector<float> border;  ///< [out][27], see UpPhases
    at::Tensor skip_weight;     ///< [out, skip, 3, 3, 3]
    Norm norm;
    ConvBlock second;
  };

  [[nodiscard]] Norm norm(const std::string& layer) const;
  [[nodiscard]] ConvBlock conv_block(const std::string& block) const;
  [[nodiscard]] UpBlock up_block(const std::string& block) const;
  [[nodiscard]] at::Tensor run_block(const at::Tensor& x, const ConvBlock& block) const;
  [[nodiscard]] at::Tensor run_up(at::Tensor x, at::Tensor skip, const UpBlock& block) const;
  [[nodiscard]] at::Tensor max_pool(const at::Tensor& x) const;
  void add_phases(const at::Tensor& phases, std::span<const float> border, at::Tensor& cube) const;
  void normalise(at::Tensor& x, const Norm& norm) const;
  void run_head(const at::Tensor& features, const at::Tensor& parameters,
                std::span<float> logits) const;

  LaCafSize size_;
  const WeightTable& weights_;
  at::ScalarType type_;
  LaCafGraph graph_;
  std::array<std::array<ConvBlock, 2>, 4> down_;
  std::array<UpBlock, 3> up_;
  Norm head_norm_;
  std::vector<float> head_weight_;  ///< [8][2w]
  std::vector<float> head_bias_;    ///< [8]
};

}  // namespace hilum::model
