#include "model/examine/measure.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "model/examine/cross_section.h"
#include "model/thinning.h"

namespace hilum::model::examine {
namespace {

/// Upper ends of the first two of `CrossSection`.
constexpr std::array<double, kCrossSections - 1> kEdgesMm2{5, 10};

VoxelSteps steps_of(const Geometry& geometry) {
  return {geometry.step_mm(2), geometry.step_mm(1), geometry.step_mm(0)};
}

/// The voxels of `label` within its box; thinning needs no steps.
Mask cut_out(const LabelMap& labels, int label, const LabelTally& tally) {
  Mask mask;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    mask.grid.size[axis] = tally.hi[axis] - tally.lo[axis];
  }
  mask.voxel.resize(mask.grid.voxel_count());
  const auto wanted = static_cast<std::uint8_t>(label);
  auto to = mask.voxel.begin();
  for (int z = tally.lo[0]; z < tally.hi[0]; ++z) {
    for (int y = tally.lo[1]; y < tally.hi[1]; ++y) {
      const std::uint8_t* from = labels.label.data() + labels.geometry.index(z, y, tally.lo[2]);
      to = std::transform(from, from + mask.grid.size[2], to,
                          [wanted](std::uint8_t l) { return std::uint8_t{l == wanted}; });
    }
  }
  return mask;
}

std::vector<float> cross_sections(const LabelMap& labels, int label, const LabelTally& tally) {
  Mask mask = cut_out(labels, label, tally);
  const VoxelSteps steps = steps_of(labels.geometry);
  const VoxelSet vessel(mask, steps);
  VoxelSet line(centreline(mask), steps);
  mask = {};  // what follows works on lists
  return cross_sections_mm2(vessel, trace_line(vessel, std::move(line)));
}

SegmentMeasures::Attenuation attenuation(const LabelTally& tally) {
  const auto n = static_cast<double>(tally.voxels);
  const double mean = static_cast<double>(tally.hu) / n;
  const double variance = static_cast<double>(tally.hu_squared) / n - mean * mean;
  return {.mean = mean, .standard_deviation = std::sqrt(std::max(0.0, variance))};
}

}  // namespace

SegmentMeasures measure_segment(const LabelMap& labels, int label, const LabelTally& tally) {
  SegmentMeasures measures;
  if (tally.voxels == 0) return measures;
  const double voxel_ml = labels.geometry.voxel_ml();
  measures.voxels = tally.voxels;
  measures.millilitres = static_cast<double>(tally.voxels) * voxel_ml;
  measures.hu = attenuation(tally);
  for (const float area : cross_sections(labels, label, tally)) {
    const auto* edge = std::ranges::upper_bound(kEdgesMm2, area);
    measures.by_cross_section_ml[static_cast<std::size_t>(edge - kEdgesMm2.begin())] += 1;
  }
  for (double& bin : measures.by_cross_section_ml) bin *= voxel_ml;
  return measures;
}

}  // namespace hilum::model::examine
