#pragma once

#include <ATen/ATen.h>

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/lacaf.h"
#include "model/lacaf_graph.h"
#include "model/precision.h"
#include "model/train/adamw.h"
#include "model/train/checkpoint.h"
#include "model/train/level_path.h"
#include "model/train/memory_plan.h"
#include "model/train/network_start.h"
#include "model/train/prompts.h"

namespace hilum::model::train {

/// LA-CAF with weights that learn: float32 leaves with AdamW moments beside them. With bfloat16 the
/// convolutions compute with rounded copies; sums, normalisation statistics, text branch, loss and
/// weights stay in float. The stored text features of the classes are frozen unless they are to be
/// learned as vectors; a text tower among the parameters learns. For .cpp files of this folder
/// only; methods throw c10::Error. Not thread-safe.
class TrainableNetwork {
 public:
  struct Options {
    at::Device device = at::kCPU;
    Precision precision = Precision::kFloat32;  ///< kFloat32, kTf32 or kBFloat16
    std::vector<std::string> frozen;  ///< beginnings of names of parameters that keep their values
    AdamW optimizer{};
    TextTraining text = TextTraining::kFrozen;
    std::optional<TextTowerSize> tower{};   ///< whose parameters are among those given
    ComputePath path = ComputePath::kFast;  ///< has an effect on the CPU only
  };
  TrainableNetwork(const LaCafSize& size, std::span<const Parameter> parameters,
                   const Options& options);

  /// The stored text features of the classes, [K, 512].
  [[nodiscard]] const at::Tensor& class_features() const;
  /// Text features [texts, 512] through the tower.
  [[nodiscard]] at::Tensor text_features(const TokenRows& tokens) const;
  /// Whether any parameter of a text tower learns: there is one and it is not frozen as a whole.
  [[nodiscard]] bool tower_learns() const;
  /// Stores what the tower now says of the classes' prompts as the classes' text features.
  void embed_classes(const TokenRows& prompts);

  /// Logits [N, K, w, w, w] in float of windows [N, 1, w, w, w] on the device, for text features
  /// [K, 512].
  [[nodiscard]] at::Tensor logits(const at::Tensor& windows, const at::Tensor& text_features,
                                  Activations activations) const;

  void clear_gradients();
  /// Forgets the optimizer's moments, for a new schedule.
  void clear_moments();
  /// One step of the optimizer with the gradients there are, which are cleared.
  void update(const AdamW::Step& step);

  /// Copies of all parameters with their moments, in the order of `network_shapes`.
  [[nodiscard]] std::vector<TrainedParameter> state() const;
  /// The inverse; `parameters` must be of this network.
  void restore(std::span<const TrainedParameter> parameters);

  [[nodiscard]] const at::Device& device() const { return options_.device; }
  /// Every parameter and the text features, by name.
  [[nodiscard]] const WeightTable& weights() const { return weights_; }

 private:
  [[nodiscard]] bool is_trained(const std::string& name) const;
  [[nodiscard]] WeightTable computing_weights() const;
  [[nodiscard]] LevelPath path() const;

  LaCafSize size_;
  Options options_;
  WeightTable weights_;
  std::unordered_map<std::string, AdamW::Moments> moments_;  ///< of the trained ones
};

}  // namespace hilum::model::train
