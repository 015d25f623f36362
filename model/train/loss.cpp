#include "model/train/loss.h"

#include <tuple>

#include "model/train/sample_source.h"

namespace hilum::model::train {
namespace {

using at::Tensor;

/// Windows and classes of the labelled pairs, each [P] on the device of `like`.
std::pair<Tensor, Tensor> pairs_of(const Tensor& labelled, const Tensor& like) {
  const Tensor pairs = labelled.nonzero().to(like.device());
  return {pairs.select(1, 0), pairs.select(1, 1)};
}

/// [N, ...] bool: where `label` is one of `target`.
Tensor in_target(const Tensor& label, LabelSet target) {
  Tensor inside;
  for (int value = 1; value < 32; ++value) {
    if ((target & label_set(value)) == 0) continue;
    const Tensor here = label.eq(value);
    inside = inside.defined() ? inside.logical_or_(here) : here;
  }
  return inside.defined() ? inside : at::zeros_like(label, at::kBool);
}

}  // namespace

std::int64_t labelled_pairs(const Tensor& labelled) {
  return labelled.ne(0).sum().item<std::int64_t>();
}

Tensor segmentation_loss(const Tensor& logits, const Truth& truth, std::int64_t pairs) {
  const auto [window, k] = pairs_of(truth.labelled, logits);
  // Rows are chosen, not multiplied by zero: nothing of an unlabelled prompt, not even a NaN, gets
  // into the loss or back.
  const Tensor chosen = window * logits.size(1) + k;
  const Tensor rows = logits.flatten(2).flatten(0, 1).index_select(0, chosen);  // [P, voxels]
  std::vector<Tensor> targets;
  for (const LabelSet target : truth.targets) {
    targets.push_back(in_target(truth.label.flatten(1), target));
  }
  const Tensor right =
      at::stack(targets, 1).flatten(0, 1).index_select(0, chosen).to(rows.scalar_type());
  Tensor p = rows.sigmoid();
  Tensor cross_entropy =
      at::binary_cross_entropy_with_logits(rows, right, {}, {}, at::Reduction::None);
  const Tensor unknown = truth.label.flatten(1).eq(kUnknownLabel);  // [N, voxels]
  if (unknown.any().item<bool>()) {
    const Tensor hidden = unknown.index_select(0, window);
    p = p.masked_fill(hidden, 0);
    const Tensor known = hidden.logical_not().sum(1).clamp_min(1);
    cross_entropy = cross_entropy.masked_fill(hidden, 0).sum(1) / known;
  } else {
    cross_entropy = cross_entropy.mean(1);
  }
  const Tensor dice = 1 - 2 * (p * right).sum(1) / (p.sum(1) + right.sum(1) + 1);
  return (dice + cross_entropy).sum() / static_cast<double>(pairs);
}

DiceCounts count_dice(const Tensor& logits, const Truth& truth, double threshold, Winner winner) {
  const Tensor probabilities = logits.sigmoid();
  const auto [largest, best] = probabilities.max(1);
  const Tensor labelled = truth.labelled.to(logits.device());
  const Tensor known = truth.label.ne(kUnknownLabel);
  DiceCounts counts;
  for (std::int64_t k = 0; k < logits.size(1); ++k) {
    const Tensor use = labelled.select(1, k).ne(0).view({-1, 1, 1, 1}).logical_and(known);
    Tensor predicted = probabilities.select(1, k).gt(threshold).logical_and(use);
    if (winner == Winner::kLargest) predicted = predicted.logical_and(best.eq(k));
    const Tensor right =
        in_target(truth.label, truth.targets[static_cast<std::size_t>(k)]).logical_and(use);
    counts.push_back({.overlap = predicted.logical_and(right).sum().item<std::int64_t>(),
                      .predicted = predicted.sum().item<std::int64_t>(),
                      .truth = right.sum().item<std::int64_t>()});
  }
  return counts;
}

}  // namespace hilum::model::train
