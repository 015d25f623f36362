#pragma once

#include <ATen/ATen.h>

#include <string>
#include <unordered_map>

#include "model/text_tower_parameters.h"

namespace hilum::model {

/// CLIP's text transformer in plain tensor operations (github.com/openai/CLIP, `clip/model.py`,
/// `encode_text`): token and position embeddings, pre-norm blocks of causal attention and an MLP
/// with QuickGELU x * sigmoid(1.702 x), `ln_final`, the feature at each row's largest token id
/// times `text_projection`. Not normalised. Differentiable in every weight: nothing is changed in
/// place.
///
/// For .cpp files of this folder only, because it speaks of ATen. `weights` holds tensors by their
/// name in `text_tower_parameters`, behind `prefix`; the graph keeps a reference to it, and the
/// tensors may be exchanged between calls. Errors are c10 exceptions: call it within `guarded`.
/// Thread-safe as long as the table does not change.
class TextTowerGraph {
 public:
  using Table = std::unordered_map<std::string, at::Tensor>;

  TextTowerGraph(const TextTowerSize& size, const Table& weights, std::string prefix = {})
      : size_(size), weights_(weights), prefix_(std::move(prefix)) {}

  /// Features [N, output] of token ids [N, L], int64, L up to the context. Rows shorter than L are
  /// filled behind their end token with any smaller id: attention is causal, so that what follows
  /// the end token cannot reach it.
  [[nodiscard]] at::Tensor forward(const at::Tensor& tokens) const;

 private:
  [[nodiscard]] const at::Tensor& weight(const std::string& name) const;
  [[nodiscard]] at::Tensor linear(const at::Tensor& x, const std::string& layer) const;
  [[nodiscard]] at::Tensor layer_norm(const at::Tensor& x, const std::string& layer) const;
  [[nodiscard]] at::Tensor attention(const at::Tensor& x, const std::string& block,
                                     const at::Tensor& mask) const;
  [[nodiscard]] at::Tensor mlp(const at::Tensor& x, const std::string& block) const;

  TextTowerSize size_;
  const Table& weights_;
  std::string prefix_;
};

}  // namespace hilum::model
