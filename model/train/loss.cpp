#include "model/train/loss.h"

#include <tuple>

namespace hilum::model::train {
namespace {

using at::Tensor;

/// Windows and classes of the labelled pairs, each [P] on the device of `like`.
std::pair<Tensor, Tensor> pairs_of(const Tensor& labelled, const Tensor& like) {
  const Tensor pairs = labelled.nonzero().to(like.device());
  return {pairs.select(1, 0), pairs.select(1, 1)};
}

}  // namespace

std::int64_t labelled_pairs(const Tensor& labelled) {
  return labelled.ne(0).sum().item<std::int64_t>();
}

Tensor segmentation_loss(const Tensor& logits, const Tensor& label, const Tensor& labelled,
                         std::int64_t pairs) {
  const auto [window, k] = pairs_of(labelled, logits);
  // Rows are chosen, not multiplied by zero: nothing of an unlabelled class, not even a NaN, gets
  // into the loss or back.
  const Tensor rows =
      logits.flatten(2).flatten(0, 1).index_select(0, window * logits.size(1) + k);  // [P, voxels]
  const Tensor truth = label.flatten(1)
                           .index_select(0, window)
                           .eq((k + 1).to(at::kByte).unsqueeze(1))
                           .to(rows.scalar_type());
  const Tensor p = rows.sigmoid();
  const Tensor dice = 1 - 2 * (p * truth).sum(1) / (p.sum(1) + truth.sum(1) + 1);
  const Tensor cross_entropy =
      at::binary_cross_entropy_with_logits(rows, truth, {}, {}, at::Reduction::None).mean(1);
  return (dice + cross_entropy).sum() / static_cast<double>(pairs);
}

DiceCounts count_dice(const Tensor& logits, const Tensor& label, const Tensor& labelled,
                      double threshold) {
  const std::int64_t classes = logits.size(1);
  const auto [largest, winner] = logits.sigmoid().max(1);
  const Tensor predicted = (winner + 1) * largest.gt(threshold);
  const Tensor wanted = labelled.to(logits.device());
  DiceCounts counts;
  for (std::int64_t k = 0; k < classes; ++k) {
    const Tensor use = wanted.select(1, k).ne(0).view({-1, 1, 1, 1});
    const Tensor is_predicted = predicted.eq(k + 1).logical_and(use);
    const Tensor is_true = label.eq(k + 1).logical_and(use);
    counts.push_back({.overlap = is_predicted.logical_and(is_true).sum().item<std::int64_t>(),
                      .predicted = is_predicted.sum().item<std::int64_t>(),
                      .truth = is_true.sum().item<std::int64_t>()});
  }
  return counts;
}

}  // namespace hilum::model::train
