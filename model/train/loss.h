#pragma once

#include <ATen/ATen.h>

#include <span>
#include <vector>

#include "model/train/dice_counts.h"
#include "model/train/prompts.h"

namespace hilum::model::train {

/// For .cpp files of this folder only, because it speaks of ATen; functions throw c10::Error.

/// What is right for K prompts in N windows.
struct Truth {
  const at::Tensor& label;            ///< [N, w, w, w] uint8 on the device
  const at::Tensor& labelled;         ///< [N, K] uint8 on the CPU
  std::span<const LabelSet> targets;  ///< of each prompt
};

/// Number of (window, prompt) pairs that are labelled; `labelled` is [N, K] on the CPU.
std::int64_t labelled_pairs(const at::Tensor& labelled);

/// The loss of LA-CAF: the mean over labelled (window, prompt) pairs of
/// [1 - 2 sum(p t) / (sum p + sum t + 1)] plus that of the binary cross entropy, p =
/// sigmoid(logit); sums and means are over the voxels whose label is known. `logits`
/// [N, K, w, w, w] float. Divides by `pairs` instead of the number of
/// pairs here, so that the parts of a batch add up to its loss. Pairs that are not labelled are
/// never touched: their logits get a gradient of exactly zero.
at::Tensor segmentation_loss(const at::Tensor& logits, const Truth& truth, std::int64_t pairs);

/// Known voxels per prompt where p > threshold, shared by `winner`, against the truth, over the
/// windows that label the prompt.
DiceCounts count_dice(const at::Tensor& logits, const Truth& truth, double threshold,
                      Winner winner = Winner::kLargest);

}  // namespace hilum::model::train
