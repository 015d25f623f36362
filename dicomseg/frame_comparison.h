#pragma once

#include <cstdint>
#include <vector>

#include "dicomseg/seg_layout.h"
#include "dicomseg/seg_reader.h"

namespace hilum::dicomseg {

/// Number and place of the voxels of a segment; places in mm, LPS.
struct VoxelSum {
  std::uint64_t voxels = 0;
  Vec3 places{};

  void add(const Vec3& place) {
    ++voxels;
    for (std::size_t i = 0; i < 3; ++i) places[i] += place[i];
  }
  /// Precondition: there are voxels.
  [[nodiscard]] Vec3 centroid() const {
    const auto n = static_cast<double>(voxels);
    return {places[0] / n, places[1] / n, places[2] / n};
  }
};

/// Compares every voxel of every frame with the labels on its slice, `slices[f]` of frame f.
/// kInvalidInput, naming the frame and voxel, when one differs. Otherwise what the frames show of
/// each segment, at the places that the geometry in the file gives them.
Result<std::vector<VoxelSum>> compare_frames(const Segmentation& seg,
                                             const std::vector<int>& slices, const LabelMap& labels,
                                             const SegLayout& layout);

}  // namespace hilum::dicomseg
