#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "model/train/dice_counts.h"

namespace hilum::model::train {

/// For .cpp files of this folder only, because it speaks of ATen; functions throw c10::Error.

/// Number of (window, class) pairs that are labelled; `labelled` is [N, K] on the CPU.
std::int64_t labelled_pairs(const at::Tensor& labelled);

/// The loss of LA-CAF: the mean over labelled (window, class) pairs of
/// [1 - 2 sum(p t) / (sum p + sum t + 1)] plus that of the binary cross entropy, p =
/// sigmoid(logit). `logits` [N, K, w, w, w] float; `label` [N, w, w, w] uint8 on the same device, 0
/// or class + 1; `labelled` [N, K] on the CPU. Divides by `pairs` instead of the number of pairs
/// here, so that the parts of a batch add up to its loss. Pairs that are not labelled are never
/// touched: their logits get a gradient of exactly zero.
at::Tensor segmentation_loss(const at::Tensor& logits, const at::Tensor& label,
                             const at::Tensor& labelled, std::int64_t pairs);

/// Voxels per class of the labels that the node would make (p > threshold, the largest p wins)
/// against `label`, over the windows that label the class. Shapes as above.
DiceCounts count_dice(const at::Tensor& logits, const at::Tensor& label, const at::Tensor& labelled,
                      double threshold);

}  // namespace hilum::model::train
