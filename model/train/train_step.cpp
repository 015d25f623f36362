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
  Tensor labelled;  ///< [N, K], uint8
};

BatchTensors tensors_of(const Batch& batch, const StepSettings& settings) {
  const std::int64_t n = batch.windows;
  const std::int64_t w = settings.edge;
  // ATen has no view of constant memory; nothing here writes through these.
  const auto bytes = [](const std::vector<std::uint8_t>& values) {
    return const_cast<std::uint8_t*>(values.data());
  };
  return {.image = at::from_blob(const_cast<float*>(batch.image.data()), {n, 1, w, w, w},
                                 at::TensorOptions().dtype(at::kFloat)),
          .label =
              at::from_blob(bytes(batch.label), {n, w, w, w}, at::TensorOptions().dtype(at::kByte)),
          .labelled = at::from_blob(bytes(batch.labelled), {n, settings.classes},
                                    at::TensorOptions().dtype(at::kByte))};
}

}  // namespace

StepResult add_gradients(TrainableNetwork& network, const Batch& batch,
                         const StepSettings& settings, const MemoryPlan& plan) {
  const at::AutoGradMode record(true);
  const BatchTensors all = tensors_of(batch, settings);
  const std::int64_t pairs = labelled_pairs(all.labelled);
  StepResult result;
  result.dice.resize(static_cast<std::size_t>(settings.classes));
  for (std::int64_t first = 0; first < batch.windows; first += plan.windows_at_once) {
    const auto count = std::min<std::int64_t>(plan.windows_at_once, batch.windows - first);
    const Tensor label = all.label.narrow(0, first, count).to(network.device());
    const Tensor labelled = all.labelled.narrow(0, first, count);
    const Tensor logits =
        network.logits(all.image.narrow(0, first, count).to(network.device()), plan.activations);
    const Tensor loss = segmentation_loss(logits, label, labelled, pairs);
    torch::autograd::backward({loss}, {});
    result.loss += loss.item<double>();
    add(result.dice, count_dice(logits.detach(), label, labelled, settings.threshold));
  }
  return result;
}

DiceCounts evaluate_windows(const TrainableNetwork& network, const Batch& batch,
                            const StepSettings& settings) {
  const at::NoGradGuard no_grad;
  const BatchTensors all = tensors_of(batch, settings);
  DiceCounts counts(static_cast<std::size_t>(settings.classes));
  for (std::int64_t i = 0; i < batch.windows; ++i) {
    const Tensor logits =
        network.logits(all.image.narrow(0, i, 1).to(network.device()), Activations::kKept);
    add(counts, count_dice(logits, all.label.narrow(0, i, 1).to(network.device()),
                           all.labelled.narrow(0, i, 1), settings.threshold));
  }
  return counts;
}

}  // namespace hilum::model::train
