#include "model/examine/examiner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "model/examine/doubts.h"
#include "model/examine/label_pass.h"
#include "model/examine/lungs.h"
#include "model/examine/measure.h"
#include "model/model_grid.h"
#include "model/parallel.h"
#include "pipeline/domain/vessel.h"

namespace hilum::model::examine {
namespace {

Error invalid(std::string what) {
  return {ErrorCode::kInvalidInput, "cannot examine the result: " + std::move(what)};
}

Status check(const Volume& volume, const LabelMap& labels, std::size_t classes,
             std::size_t segments) {
  if (volume.geometry.size != labels.geometry.size) {
    return invalid("volume and labels have different sizes");
  }
  const std::size_t voxels = volume.geometry.voxel_count();
  if (volume.hu.size() != voxels || labels.label.size() != voxels) {
    return invalid(fmt::format("{} values and {} labels for {} voxels", volume.hu.size(),
                               labels.label.size(), voxels));
  }
  for (const Geometry* geometry : {&volume.geometry, &labels.geometry}) {
    if (auto oriented = orient_to_ras(*geometry); !oriented) return std::move(oriented).error();
  }
  if (classes != segments) {
    return invalid(fmt::format("the model has {} segments, {} were expected", segments, classes));
  }
  return ok();
}

LungMeasures measures_of(Side side, std::span<const ModelClass> classes,
                         std::span<const SegmentMeasures> segments, std::optional<double> lung_ml) {
  LungMeasures lung{.lung_ml = lung_ml};
  for (std::size_t k = 0; k < segments.size(); ++k) {
    if (side_of(classes[k].segment) != side) continue;
    const Vessel vessel = vessel_of(classes[k].segment);
    if (vessel == Vessel::kArtery) lung.artery_ml += segments[k].millilitres;
    if (vessel == Vessel::kVein) lung.vein_ml += segments[k].millilitres;
  }
  return lung;
}

/// The lungs and the segments, each on one thread: none of them uses two well.
struct Measured {
  std::vector<SegmentMeasures> segments;
  std::optional<Result<Lungs>> lungs;
};

Measured measure(const Volume& volume, const LabelMap& labels, std::span<const LabelTally> tallies,
                 int threads, const std::stop_token& stop) {
  // The longest first, so that no thread is left with one at the end.
  std::vector<int> order;
  for (int k = 1; k < static_cast<int>(tallies.size()); ++k) order.push_back(k);
  std::ranges::sort(order, std::ranges::greater(),
                    [&](int k) { return tallies[static_cast<std::size_t>(k)].voxels; });
  Measured measured{.segments = std::vector<SegmentMeasures>(order.size()), .lungs = {}};
  parallel_for(static_cast<int>(order.size()) + 1, threads, [&](int task) {
    if (stop.stop_requested()) return;
    if (task == 0) {
      measured.lungs = Lungs::find(volume, 1);
      return;
    }
    const int k = order[static_cast<std::size_t>(task) - 1];
    const auto index = static_cast<std::size_t>(k);
    measured.segments[index - 1] = measure_segment(labels, k, tallies[index]);
  });
  return measured;
}

}  // namespace

Result<Findings> VesselExaminer::examine(const Volume& volume, const LabelMap& labels,
                                         const ModelInfo& model, std::stop_token stop) {
  const Error cancelled{ErrorCode::kCancelled, "stopped while examining the result"};
  auto checked = check(volume, labels, classes_.size(), model.segments.size());
  if (!checked) return std::move(checked).error();
  auto tallies = tally_labels(volume, labels, threads_);
  for (std::size_t k = classes_.size() + 1; k < tallies.size(); ++k) {
    if (tallies[k].voxels == 0) continue;
    return invalid(fmt::format("label {} of a model with {} segments", k, classes_.size()));
  }
  tallies.resize(classes_.size() + 1);
  std::vector<ModelClass> classes = classes_;
  for (std::size_t k = 0; k < classes.size(); ++k) classes[k].segment = model.segments[k];

  Measured measured = measure(volume, labels, tallies, threads_, stop);
  if (stop.stop_requested()) return cancelled;
  if (!*measured.lungs) return std::move(*measured.lungs).error();
  const Lungs& lungs = **measured.lungs;
  const ResultInLungs in_lungs = lungs.look_up(labels, threads_);
  const auto ends = lungs.at_ends();
  std::span<const SegmentPlace> places;
  if (lungs.found()) places = in_lungs.places;
  Findings findings{
      .segments = {},
      .left = measures_of(Side::kLeft, classes, measured.segments, in_lungs.left_ml),
      .right = measures_of(Side::kRight, classes, measured.segments, in_lungs.right_ml),
      .doubts = find_doubts(
          {.classes = classes, .segments = measured.segments, .places = places, .ends = ends})};
  findings.segments = std::move(measured.segments);
  return findings;
}

}  // namespace hilum::model::examine
