#include "model/train/train_step.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "model/train/loss.h"

namespace hilum::model::train {
namespace {

using at::Tensor;

/// Views of a batch; the batch must outlive them.
struct BatchTensors {
  Tensor image;     ///< [N, 1, w, w, w]
  Tensor label;     ///< [N, w, w, w], uint8
  Tensor labelled;  ///< [N, K], uint8, per prompt
};

BatchTensors tensors_of(const Batch& batch, std::span<const LabelSet> targets, int edge) {
  const std::int64_t n = batch.windows;
  const std::int64_t w = edge;
  const auto prompts = static_cast<std::int64_t>(targets.size());
  auto labelled = labelled_prompts(batch.labelled, batch.windows, targets);
  // ATen has no view of constant memory; nothing here writes through these.
  return {
      .image = at::from_blob(const_cast<float*>(batch.image.data()), {n, 1, w, w, w},
                             at::TensorOptions().dtype(at::kFloat)),
      .label = at::from_blob(const_cast<std::uint8_t*>(batch.label.data()), {n, w, w, w},
                             at::TensorOptions().dtype(at::kByte)),
      .labelled = at::from_blob(labelled.data(), {n, prompts}, at::TensorOptions().dtype(at::kByte))
                      .clone()};
}

/// The text features [K, 512] that the query asks with.
Tensor features_for(const TrainableNetwork& network, const Query& query) {
  return query.tokens.texts > 0 ? network.text_features(query.tokens) : network.class_features();
}

}  // namespace

StepResult add_gradients(TrainableNetwork& network, const Batch& batch, const Query& query,
                         const StepSettings& settings, const MemoryPlan& plan) {
  const at::AutoGradMode record(true);
  const BatchTensors all = tensors_of(batch, query.targets, settings.edge);
  const std::int64_t pairs = labelled_pairs(all.labelled);
  StepResult result;
  result.dice.resize(query.targets.size());
  for (std::int64_t first = 0; first < batch.windows; first += plan.windows_at_once) {
    const auto count = std::min<std::int64_t>(plan.windows_at_once, batch.windows - first);
    const Tensor label = all.label.narrow(0, first, count).to(network.device());
    const Tensor labelled = all.labelled.narrow(0, first, count);
    const Truth truth{label, labelled, query.targets};
    const Tensor logits = network.logits(all.image.narrow(0, first, count).to(network.device()),
                                         features_for(network, query), plan.activations);
    const Tensor loss = segmentation_loss(logits, truth, pairs);
    torch::autograd::backward({loss}, {});
    result.loss += loss.item<double>();
    add(result.dice, count_dice(logits.detach(), truth, settings.threshold, query.winner));
  }
  return result;
}

DiceCounts evaluate_windows(const TrainableNetwork& network, const Batch& batch,
                            const Query& classes, const StepSettings& settings) {
  const at::NoGradGuard no_grad;
  const BatchTensors all = tensors_of(batch, classes.targets, settings.edge);
  DiceCounts counts(classes.targets.size());
  for (std::int64_t i = 0; i < batch.windows; ++i) {
    const Tensor logits = network.logits(all.image.narrow(0, i, 1).to(network.device()),
                                         network.class_features(), Activations::kKept);
    const Tensor label = all.label.narrow(0, i, 1).to(network.device());
    const Tensor labelled = all.labelled.narrow(0, i, 1);
    add(counts,
        count_dice(logits, {label, labelled, classes.targets}, settings.threshold, classes.winner));
  }
  return counts;
}

}  // namespace hilum::model::train
