#include "model/evaluate/scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <utility>

#include "model/evaluate/shape_scores.h"
#include "model/parallel.h"

namespace hilum::model::evaluate {
namespace {

std::optional<double> share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// All that follows from how often labels meet.
void score_overlap(const CaseView& one, int label, ClassScores& scores) {
  scores.reference_voxels = one.in_reference(label);
  scores.predicted_voxels = one.in_prediction(label);
  scores.predicted_ml =
      static_cast<double>(scores.predicted_voxels) * one.prediction.geometry.voxel_ml();
  if (!one.is_labelled(label)) {
    scores.skipped = "not labelled";
    return;
  }
  if (scores.reference_voxels == 0) {
    scores.skipped =
        fmt::format("absent in the reference ({} voxels predicted)", scores.predicted_voxels);
    return;
  }
  const std::uint64_t both = one.pass.table.at(label, label);
  scores.dice = 2 * static_cast<double>(both) /
                static_cast<double>(scores.reference_voxels + scores.predicted_voxels);
  scores.recall = *share(both, scores.reference_voxels);
  scores.precision = share(both, scores.predicted_voxels);
}

/// Dice of the union of all classes. A class that the reference does not label counts as predicted
/// only where the reference has some vessel: elsewhere nobody knows.
std::optional<double> any_vessel_dice(const CaseView& one) {
  std::uint64_t reference = 0;
  std::uint64_t predicted = 0;
  std::uint64_t both = 0;
  for (int r = 0; r <= one.pass.table.classes(); ++r) {
    const bool vessel = r > 0 && one.is_labelled(r);
    for (int p = 0; p <= one.pass.table.classes(); ++p) {
      const std::uint64_t count = one.pass.table.at(r, p);
      const bool found = p > 0 && (vessel || one.is_labelled(p));
      reference += vessel ? count : 0;
      predicted += found ? count : 0;
      both += vessel && found ? count : 0;
    }
  }
  if (reference == 0) return std::nullopt;
  return 2 * static_cast<double>(both) / static_cast<double>(reference + predicted);
}

Status check_input(const LabelMap& prediction, const LabelMap& reference, std::size_t classes,
                   std::size_t labelled) {
  const auto invalid = [](std::string message) {
    return Error{ErrorCode::kInvalidInput, "compare label maps: " + std::move(message)};
  };
  if (labelled != classes || classes == 0 || classes > 254) {
    return invalid(fmt::format("{} classes, {} of them with a word whether they are labelled",
                               classes, labelled));
  }
  if (prediction.geometry.size != reference.geometry.size ||
      prediction.label.size() != reference.geometry.voxel_count() ||
      reference.label.size() != reference.geometry.voxel_count()) {
    return invalid("their sizes differ");
  }
  for (const auto* map : {&prediction, &reference}) {
    if (map->label.empty()) continue;
    const int largest = *std::max_element(map->label.begin(), map->label.end());
    if (largest > static_cast<int>(classes)) {
      return invalid(fmt::format("the {} has label {}, there are {} classes",
                                 map == &prediction ? "prediction" : "reference", largest,
                                 classes));
    }
  }
  return ok();
}

/// The slow parts of all scored classes, on as many threads as wanted. False: no memory.
bool score_shapes(const CaseView& one, int threads, std::vector<ClassScores>& classes) {
  std::vector<int> labels;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    if (classes[k].skipped.empty()) labels.push_back(static_cast<int>(k) + 1);
  }
  const int count = static_cast<int>(labels.size());
  std::atomic<bool> out_of_memory = false;
  parallel_for(2 * count, threads, [&](int task) {
    const int label = labels[static_cast<std::size_t>(task % count)];
    ClassScores& scores = classes[static_cast<std::size_t>(label) - 1];
    try {
      // The longer ones first, so that all threads end at about the same time.
      task < count ? score_centreline(one, label, scores) : score_surface(one, label, scores);
    } catch (const std::bad_alloc&) {
      out_of_memory = true;
    }
  });
  return !out_of_memory;
}

}  // namespace

std::vector<EvaluatedClass> evaluated_classes(std::span<const SegmentSpec> segments) {
  std::vector<EvaluatedClass> classes;
  for (const SegmentSpec& segment : segments) {
    classes.push_back({.label = segment.label,
                       .vessel = segment.type.scheme + ":" + segment.type.value,
                       .side = segment.type_modifier ? segment.type_modifier->value : ""});
  }
  return classes;
}

std::vector<EvaluatedClass> evaluated_classes(std::span<const ModelClass> classes) {
  std::vector<SegmentSpec> segments;
  for (const ModelClass& one : classes) segments.push_back(one.segment);
  return evaluated_classes(segments);
}

std::string bin_name(std::size_t bin) {
  if (bin == 0) return fmt::format("< {} mm", kBinEdgesMm.front());
  if (bin >= kBinEdgesMm.size()) return fmt::format(">= {} mm", kBinEdgesMm.back());
  return fmt::format("{}-{} mm", kBinEdgesMm[bin - 1], kBinEdgesMm[bin]);
}

void BinScores::add(const BinScores& other) {
  voxels += other.voxels;
  right_class += other.right_class;
  any_vessel += other.any_vessel;
  wrong_vessel += other.wrong_vessel;
  wrong_side += other.wrong_side;
}

std::optional<double> BinScores::recall() const { return share(right_class, voxels); }
std::optional<double> BinScores::found() const { return share(any_vessel, voxels); }
std::optional<double> BinScores::vessel_confusion() const {
  return share(wrong_vessel, any_vessel);
}
std::optional<double> BinScores::side_confusion() const { return share(wrong_side, any_vessel); }

Result<CaseScores> score_case(const LabelMap& prediction, const LabelMap& reference,
                              std::span<const EvaluatedClass> classes,
                              std::span<const std::uint8_t> labelled,
                              const EvaluationOptions& options) {
  if (auto good = check_input(prediction, reference, classes.size(), labelled.size()); !good) {
    return std::move(good).error();
  }
  const int count = static_cast<int>(classes.size());
  const CaseView one{.prediction = prediction,
                     .reference = reference,
                     .classes = classes,
                     .labelled = labelled,
                     .tolerance_mm = options.tolerance_mm,
                     .pass = count_labels(reference, prediction, count, options.threads)};
  CaseScores scores{.classes = std::vector<ClassScores>(classes.size()),
                    .any_vessel_dice = any_vessel_dice(one),
                    .all = {}};
  for (int label = 1; label <= count; ++label) {
    ClassScores& own = scores.classes[static_cast<std::size_t>(label) - 1];
    score_overlap(one, label, own);
    if (!own.skipped.empty()) continue;
    for (int p = 0; p <= count; ++p) tally(one, label, p, one.pass.table.at(label, p), scores.all);
  }
  if (!score_shapes(one, options.threads, scores.classes)) {
    return Error{ErrorCode::kNoSpace, "compare label maps: no memory for their distances"};
  }
  return scores;
}

}  // namespace hilum::model::evaluate
