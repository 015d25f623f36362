#pragma once

#include <cstdint>
#include <span>

#include "model/evaluate/label_boxes.h"
#include "model/evaluate/scores.h"

/// Private to model/evaluate: what `score_case` consists of.
namespace hilum::model::evaluate {

/// Everything that the parts of one case share.
struct CaseView {
  const LabelMap& prediction;
  const LabelMap& reference;
  std::span<const EvaluatedClass> classes;
  std::span<const std::uint8_t> labelled;
  double tolerance_mm;
  LabelPass pass;

  [[nodiscard]] std::uint64_t in_reference(int label) const {
    std::uint64_t sum = 0;
    for (int p = 0; p <= pass.table.classes(); ++p) sum += pass.table.at(label, p);
    return sum;
  }
  [[nodiscard]] std::uint64_t in_prediction(int label) const {
    std::uint64_t sum = 0;
    for (int r = 0; r <= pass.table.classes(); ++r) sum += pass.table.at(r, label);
    return sum;
  }
  [[nodiscard]] const EvaluatedClass& class_of(int label) const {
    return classes[static_cast<std::size_t>(label) - 1];
  }
  [[nodiscard]] bool is_labelled(int label) const {
    return labelled[static_cast<std::size_t>(label) - 1] != 0;
  }
};

/// Counts `times` voxels of the reference's class `label` that the prediction calls `predicted`.
void tally(const CaseView& one, int label, int predicted, std::uint64_t times, BinScores& scores);

/// Surface Dice of a class that is in the reference.
void score_surface(const CaseView& one, int label, ClassScores& scores);

/// Centreline Dice and bins of a class that is in the reference.
void score_centreline(const CaseView& one, int label, ClassScores& scores);

}  // namespace hilum::model::evaluate
