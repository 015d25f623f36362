#pragma once

#include <ATen/ATen.h>

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/lacaf_graph.h"
#include "model/precision.h"
#include "model/train/adamw.h"
#include "model/train/checkpoint.h"
#include "model/train/memory_plan.h"

namespace hilum::model::train {

/// LA-CAF with weights that learn: float32 leaves with AdamW moments beside them. With bfloat16 the
/// convolutions compute with rounded copies; sums, normalisation statistics, text branch, loss and
/// weights stay in float. The text features are frozen. For .cpp files of this folder only; methods
/// throw c10::Error. Not thread-safe.
class TrainableNetwork {
 public:
  struct Options {
    at::Device device = at::kCPU;
    Precision precision = Precision::kFloat32;  ///< kFloat32, kTf32 or kBFloat16
    std::vector<std::string> frozen;  ///< beginnings of names of parameters that keep their values
    AdamW optimizer{};
  };
  TrainableNetwork(const LaCafSize& size, std::span<const Parameter> parameters,
                   const Options& options);

  /// Logits [N, K, w, w, w] in float of windows [N, 1, w, w, w] on the device.
  [[nodiscard]] at::Tensor logits(const at::Tensor& windows, Activations activations) const;

  void clear_gradients();
  /// One step of the optimizer with the gradients there are, which are cleared.
  void update(const AdamW::Step& step);

  /// Copies of all parameters with their moments, in the order of `lacaf_parameters`.
  [[nodiscard]] std::vector<TrainedParameter> state() const;
  /// The inverse; `parameters` must be of this network.
  void restore(std::span<const TrainedParameter> parameters);

  [[nodiscard]] const at::Device& device() const { return options_.device; }
  /// Every parameter and the text features, by name.
  [[nodiscard]] const WeightTable& weights() const { return weights_; }

 private:
  [[nodiscard]] bool is_trained(const std::string& name) const;
  [[nodiscard]] WeightTable computing_weights() const;

  LaCafSize size_;
  Options options_;
  WeightTable weights_;
  std::unordered_map<std::string, AdamW::Moments> moments_;  ///< of the trained ones
};

}  // namespace hilum::model::train
