#include "dicomseg/seg_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "dicomseg/nonzero.h"

namespace hilum::dicomseg {
namespace {

std::array<std::uint64_t, 256> histogram(std::span<const std::uint8_t> labels) {
  std::array<std::uint64_t, 256> counts{};
  for_each_nonzero(labels, [&](std::size_t i) { ++counts[labels[i]]; });
  counts[0] = labels.size();
  for (std::size_t k = 1; k < counts.size(); ++k) counts[0] -= counts[k];
  return counts;
}

std::uint64_t voxels_of(const SegmentLayout& segment,
                        const std::array<std::uint64_t, 256>& counts) {
  std::uint64_t voxels = 0;
  for (const int label : segment.labels) voxels += counts[static_cast<std::size_t>(label)];
  return voxels;
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

/// The images on whose slice `wanted` holds, or the middle one when there are none.
template <class Wanted>
void add_frames(int segment, std::span<const int> slice_of_image, const Wanted& wanted,
                std::vector<SegFrame>& frames) {
  const std::size_t before = frames.size();
  const auto add = [&](std::size_t image) {
    frames.push_back({.segment = segment, .z = slice_of_image[image], .image = image});
  };
  for (std::size_t image = 0; image < slice_of_image.size(); ++image) {
    if (wanted(slice_of_image[image])) add(image);
  }
  if (frames.size() == before) add(slice_of_image.size() / 2);
}

}  // namespace

bool SegPlan::nothing_found() const {
  return std::all_of(voxels.begin(), voxels.end(), [](std::uint64_t v) { return v == 0; });
}

Result<LabelCounts> count_labels(const LabelMap& labels, int classes) {
  if (labels.geometry.size[0] < 1 || labels.label.size() != labels.geometry.voxel_count()) {
    return Error{ErrorCode::kInternal, "the label map's voxels do not fit its size"};
  }
  const std::size_t slice = labels.label.size() / static_cast<std::size_t>(labels.geometry.size[0]);
  LabelCounts counts;
  for (int z = 0; z < labels.geometry.size[0]; ++z) {
    counts.push_back(
        histogram(std::span(labels.label).subspan(static_cast<std::size_t>(z) * slice, slice)));
    for (std::size_t k = static_cast<std::size_t>(classes) + 1; k < counts.back().size(); ++k) {
      if (counts.back()[k] == 0) continue;
      return Error{ErrorCode::kInternal,
                   fmt::format("label {} on slice {}, the model has {} segments", k, z, classes)};
    }
  }
  return counts;
}

SegPlan plan_frames(const LabelCounts& counts, std::span<const int> slice_of_image,
                    const SegLayout& layout, const PlanOptions& options) {
  const bool keep_empty = options.empty_frames == ViewerProfile::EmptyFrames::kKeep;
  const auto on_slice = [&](const SegmentLayout& segment, int z) {
    return voxels_of(segment, counts[static_cast<std::size_t>(z)]);
  };
  SegPlan plan;
  for (std::size_t n = 0; n < layout.segments.size(); ++n) {
    const SegmentLayout& segment = layout.segments[n];
    plan.voxels.push_back(0);
    for (const int z : slice_of_image) plan.voxels.back() += on_slice(segment, z);
    if (options.kind == FrameKind::kOfAllSegments) continue;
    add_frames(
        static_cast<int>(n) + 1, slice_of_image,
        [&](int z) { return keep_empty || on_slice(segment, z) > 0; }, plan.frames);
  }
  if (options.kind == FrameKind::kOfAllSegments) {
    const auto any = [&](int z) {
      return keep_empty || std::ranges::any_of(layout.segments, [&](const SegmentLayout& segment) {
               return on_slice(segment, z) > 0;
             });
    };
    add_frames(0, slice_of_image, any, plan.frames);
  }
  number_positions(plan.frames);
  return plan;
}

}  // namespace hilum::dicomseg
