#include "model/evaluate/shape_scores.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "model/evaluate/centreline_scores.h"
#include "model/evaluate/surface.h"
#include "model/thinning.h"

namespace hilum::model::evaluate {
namespace {

std::size_t bin_of(double diameter_mm) {
  const auto* edge = std::upper_bound(kBinEdgesMm.begin(), kBinEdgesMm.end(), diameter_mm);
  return static_cast<std::size_t>(edge - kBinEdgesMm.begin());
}

void score_bins(const CaseView& one, int label, const Mask& line, ClassScores& scores) {
  const Box& box = one.pass.reference_box[static_cast<std::size_t>(label)];
  const Mask vessel = cut_mask(one.reference, label, box, 0);
  const std::vector<float> diameters = diameters_mm(vessel, line);
  auto diameter = diameters.begin();
  for (int z = box.lo[0]; z < box.hi[0]; ++z) {
    for (int y = box.lo[1]; y < box.hi[1]; ++y) {
      for (int x = box.lo[2]; x < box.hi[2]; ++x) {
        const std::size_t at = one.reference.geometry.index(z, y, x);
        if (one.reference.label[at] != label) continue;
        tally(one, label, one.prediction.label[at], 1, scores.bins[bin_of(*diameter++)]);
      }
    }
  }
}

/// A mask on a smaller box, given one on a larger.
Mask crop(const Mask& mask, const Box& from, const Box& to) {
  Mask part{.grid = mask.grid, .voxel = {}};
  for (std::size_t i = 0; i < 3; ++i) part.grid.size[i] = to.hi[i] - to.lo[i];
  part.voxel.resize(part.grid.voxel_count());
  for (int z = 0; z < part.grid.size[0]; ++z) {
    for (int y = 0; y < part.grid.size[1]; ++y) {
      const auto at = static_cast<std::ptrdiff_t>(mask.grid.index(
          z + to.lo[0] - from.lo[0], y + to.lo[1] - from.lo[1], to.lo[2] - from.lo[2]));
      std::copy_n(mask.voxel.begin() + at, part.grid.size[2],
                  part.voxel.begin() + static_cast<std::ptrdiff_t>(part.grid.index(z, y, 0)));
    }
  }
  return part;
}

}  // namespace

void tally(const CaseView& one, int label, int predicted, std::uint64_t times, BinScores& scores) {
  scores.voxels += times;
  if (predicted == 0) return;
  scores.any_vessel += times;
  if (predicted == label) scores.right_class += times;
  const EvaluatedClass& wanted = one.class_of(label);
  const EvaluatedClass& found = one.class_of(predicted);
  if (found.vessel != wanted.vessel) scores.wrong_vessel += times;
  if (found.side != wanted.side) scores.wrong_side += times;
}

void score_surface(const CaseView& one, int label, ClassScores& scores) {
  const auto index = static_cast<std::size_t>(label);
  const Box box = one.pass.reference_box[index].joined(one.pass.prediction_box[index]);
  scores.surface_dice = surface_dice(cut_mask(one.prediction, label, box, 0),
                                     cut_mask(one.reference, label, box, 0), one.tolerance_mm);
}

void score_centreline(const CaseView& one, int label, ClassScores& scores) {
  const auto index = static_cast<std::size_t>(label);
  const Box& own = one.pass.reference_box[index];
  const Box box = own.joined(one.pass.prediction_box[index]);
  Mask own_line;
  {
    const Mask reference = cut_mask(one.reference, label, box, 0);
    const Mask reference_line = centreline(reference);
    const Mask prediction = cut_mask(one.prediction, label, box, 0);
    scores.centreline_dice =
        centreline_dice(prediction, centreline(prediction), reference, reference_line);
    own_line = crop(reference_line, box, own);
  }
  score_bins(one, label, own_line, scores);
}

}  // namespace hilum::model::evaluate
