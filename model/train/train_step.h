#pragma once

#include "model/train/dice_counts.h"
#include "model/train/memory_plan.h"
#include "model/train/prompts.h"
#include "model/train/trainable_network.h"
#include "model/train/window_loader.h"

namespace hilum::model::train {

/// For .cpp files of this folder only, because they lead to ATen; all throw c10::Error.

struct StepResult {
  double loss = 0;
  DiceCounts dice;  ///< per prompt
};

/// How logits become labels and batches become tensors.
struct StepSettings {
  int edge = 96;
  double threshold = 0.5;
};

/// Loss of the whole batch, its gradients added to those of the network, `plan.windows_at_once`
/// windows at a time. Every window is asked the same.
StepResult add_gradients(TrainableNetwork& network, const Batch& batch, const Query& query,
                         const StepSettings& settings, const MemoryPlan& plan);

/// Voxel counts of the batch for the network's classes, which `classes` is about, without any
/// gradients, one window at a time.
DiceCounts evaluate_windows(const TrainableNetwork& network, const Batch& batch,
                            const Query& classes, const StepSettings& settings);

}  // namespace hilum::model::train
