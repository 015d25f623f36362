#include "dicomseg/seg_plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace hilum::dicomseg {
namespace {

std::span<const std::uint8_t> slice_of(const LabelMap& labels, int z) {
  const std::size_t voxels = static_cast<std::size_t>(labels.geometry.size[1]) *
                             static_cast<std::size_t>(labels.geometry.size[2]);
  return std::span(labels.label).subspan(labels.geometry.index(z, 0, 0), voxels);
}

/// counts[z][k]: voxels of label k on slice z.
using Counts = std::vector<std::vector<std::uint64_t>>;

Result<Counts> count_labels(const LabelMap& labels, int segments) {
  constexpr std::size_t kLabels = 256;
  Counts counts;
  for (int z = 0; z < labels.geometry.size[0]; ++z) {
    std::vector<std::uint64_t> histogram(kLabels);
    for (const std::uint8_t label : slice_of(labels, z)) ++histogram[label];
    for (std::size_t k = static_cast<std::size_t>(segments) + 1; k < kLabels; ++k) {
      if (histogram[k] == 0) continue;
      return Error{ErrorCode::kInternal,
                   fmt::format("label {} on slice {}, the model has {} segments", k, z, segments)};
    }
    histogram.resize(static_cast<std::size_t>(segments) + 1);
    counts.push_back(std::move(histogram));
  }
  return counts;
}

void number_positions(std::vector<SegFrame>& frames) {
  std::vector<int> used;
  for (const SegFrame& frame : frames) used.push_back(frame.z);
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  for (SegFrame& frame : frames) {
    const auto at = std::lower_bound(used.begin(), used.end(), frame.z);
    frame.position_index = static_cast<int>(at - used.begin()) + 1;
  }
}

}  // namespace

bool SegPlan::nothing_found() const {
  return std::all_of(voxels.begin(), voxels.end(), [](std::uint64_t v) { return v == 0; });
}

Result<SegPlan> plan_frames(const LabelMap& labels, int segments) {
  if (labels.geometry.size[0] < 1 || labels.label.size() != labels.geometry.voxel_count()) {
    return Error{ErrorCode::kInternal, "the label map's voxels do not fit its size"};
  }
  auto counts = count_labels(labels, segments);
  if (!counts) return std::move(counts).error();

  SegPlan plan;
  const int slices = labels.geometry.size[0];
  for (int segment = 1; segment <= segments; ++segment) {
    std::uint64_t voxels = 0;
    for (int z = 0; z < slices; ++z) {
      const auto here = (*counts)[static_cast<std::size_t>(z)][static_cast<std::size_t>(segment)];
      if (here > 0) plan.frames.push_back({.segment = segment, .z = z});
      voxels += here;
    }
    if (voxels == 0) plan.frames.push_back({.segment = segment, .z = slices / 2});
    plan.voxels.push_back(voxels);
  }
  number_positions(plan.frames);
  return plan;
}

std::vector<std::uint8_t> pack_frames(const LabelMap& labels, std::span<const SegFrame> frames) {
  const std::size_t slice_voxels = static_cast<std::size_t>(labels.geometry.size[1]) *
                                   static_cast<std::size_t>(labels.geometry.size[2]);
  const std::size_t bytes = (frames.size() * slice_voxels + 7) / 8;
  std::vector<std::uint8_t> packed;
  packed.reserve(bytes + 1);
  unsigned byte = 0;
  unsigned bit = 0;
  for (const SegFrame& frame : frames) {
    const auto wanted = static_cast<std::uint8_t>(frame.segment);
    for (const std::uint8_t label : slice_of(labels, frame.z)) {
      byte |= static_cast<unsigned>(label == wanted) << bit;
      if (++bit < 8) continue;
      packed.push_back(static_cast<std::uint8_t>(byte));
      byte = 0;
      bit = 0;
    }
  }
  if (bit > 0) packed.push_back(static_cast<std::uint8_t>(byte));
  if (packed.size() % 2 != 0) packed.push_back(0);
  return packed;
}

}  // namespace hilum::dicomseg
