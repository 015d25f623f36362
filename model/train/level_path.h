#pragma once

#include <ATen/ATen.h>

#include <string>

#include "model/lacaf_graph.h"

namespace hilum::model::train {

/// How the levels of the network are computed in training: operation by operation as `LaCafGraph`
/// does it, or on the CPU with less work (README.md, "Memory and speed"): one operation each for
/// normalisation with ReLU, pooling and head; up-sampling and the convolution behind it in one, as
/// in lacaf_cpu.h; no gradients of convolution biases in front of a normalisation, which are zero.
/// The gradients are the same up to rounding. Convolutions compute and activations are kept in
/// `type`, the first convolution in float; weights and their gradients are float.
///
/// For .cpp files of this folder only, because it speaks of ATen. A value.
class LevelPath {
 public:
  static LevelPath plain() { return {false, at::kFloat}; }
  /// `type` is float or bfloat16.
  static LevelPath fast(at::ScalarType type) { return {true, type}; }

  // What `LaCafGraph` has under these names, with the pooling in front and the head's input
  // included.
  [[nodiscard]] at::Tensor two_convs(const LaCafGraph& graph, const at::Tensor& x,
                                     const std::string& block) const;
  [[nodiscard]] at::Tensor pooled_two_convs(const LaCafGraph& graph, const at::Tensor& x,
                                            const std::string& block) const;
  [[nodiscard]] at::Tensor up(const LaCafGraph& graph, const at::Tensor& x, const at::Tensor& skip,
                              const std::string& block) const;
  /// Logits in float.
  [[nodiscard]] at::Tensor head(const LaCafGraph& graph, const at::Tensor& shallow,
                                const at::Tensor& parameters) const;

  [[nodiscard]] bool is_fast() const { return fast_; }

 private:
  LevelPath(bool fast, at::ScalarType type) : fast_(fast), type_(type) {}
  [[nodiscard]] at::Tensor conv_block(const LaCafGraph& graph, const at::Tensor& x,
                                      const std::string& block) const;
  [[nodiscard]] at::Tensor norm(const LaCafGraph& graph, const at::Tensor& x,
                                const std::string& block) const;

  bool fast_;
  at::ScalarType type_;
};

}  // namespace hilum::model::train
