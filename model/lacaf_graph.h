#pragma once

#include <ATen/ATen.h>

#include <string>
#include <string_view>
#include <unordered_map>

#include "model/lacaf_parameters.h"

namespace hilum::model {

/// Tensors by their name in `lacaf_parameters`.
using WeightTable = std::unordered_map<std::string, at::Tensor>;

/// The LA-CAF network in plain tensor operations (README.md, "What the network computes"): what
/// training differentiates, what `LaCaf` runs as its reference and on CUDA, and what the faster CPU
/// path is compared with. Differentiable in every weight: nothing is changed in place that a
/// gradient needs. N windows are independent of each other, because every normalisation is per
/// window.
///
/// For .cpp files of this folder only, because it speaks of ATen. Holds a reference to the table,
/// whose tensors may be exchanged between calls. Errors are c10 exceptions: call it within
/// `guarded`. Thread-safe as long as the table does not change.
class LaCafGraph {
 public:
  LaCafGraph(const LaCafSize& size, const WeightTable& weights) : size_(size), weights_(weights) {}

  struct Features {
    at::Tensor deep;     ///< "dec4", the bottleneck: [N, 16w, n, n, n], n = window / 8
    at::Tensor shallow;  ///< "up64", the decoder's output: [N, 2w, window, window, window]
  };
  /// What the text alone decides.
  struct Text {
    at::Tensor adapted;    ///< T, [K, 256]
    at::Tensor attention;  ///< row sums of the attention matrix A, [K, 1]; ones without attention
  };

  /// Logits [N, K, w, w, w] of windows [N, 1, w, w, w] with values 0..1 in axis order R, A, S, for
  /// text features [K, 512].
  [[nodiscard]] at::Tensor forward(const at::Tensor& windows, const at::Tensor& embedding) const;

  // The parts of `forward`, in order.
  [[nodiscard]] Text text(const at::Tensor& embedding) const;
  [[nodiscard]] Features backbone(const at::Tensor& windows) const;
  /// Image feature f [N, 256]: the bottleneck pooled, by the adapter or as its mean.
  [[nodiscard]] at::Tensor image_feature(const at::Tensor& deep) const;
  /// The numbers of every class's head, [N, K, 153].
  [[nodiscard]] at::Tensor controller(const at::Tensor& feature, const Text& text) const;
  /// [N, 8, w, w, w].
  [[nodiscard]] at::Tensor head_input(const at::Tensor& shallow) const;
  [[nodiscard]] at::Tensor head(const at::Tensor& input, const at::Tensor& parameters) const;

  /// One level of the decoder: `block` up-samples `x` and joins `skip`. Takes its inputs by value
  /// so that they are freed before the convolutions need their memory.
  [[nodiscard]] at::Tensor up(at::Tensor x, at::Tensor skip, std::string_view block) const;
  /// Two 3x3x3 convolutions, each with normalisation and ReLU: a level's `ops`.
  [[nodiscard]] at::Tensor two_convs(const at::Tensor& x, std::string_view block) const;

  [[nodiscard]] const at::Tensor& weight(const std::string& name) const;

 private:
  [[nodiscard]] at::Tensor linear(const at::Tensor& x, const std::string& layer) const;
  [[nodiscard]] at::Tensor pointwise(const at::Tensor& x, const std::string& layer) const;
  [[nodiscard]] at::Tensor conv_block(const at::Tensor& x, const std::string& block) const;
  [[nodiscard]] at::Tensor up_conv(const at::Tensor& x, const std::string& layer) const;
  /// [K, 256].
  [[nodiscard]] at::Tensor adapted_text(const at::Tensor& embedding) const;
  [[nodiscard]] at::Tensor group_norm_relu(const at::Tensor& x, const std::string& layer) const;

  LaCafSize size_;
  const WeightTable& weights_;
};

}  // namespace hilum::model
