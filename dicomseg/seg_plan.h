#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pipeline/domain/result.h"
#include "pipeline/domain/volume.h"

namespace hilum::dicomseg {

/// One frame of a segmentation: the mask of one segment on one slice.
struct SegFrame {
  int segment = 0;         ///< Segment Number, 1-based; also the label
  int z = 0;               ///< slice of the label map
  int position_index = 0;  ///< 1-based rank of z among all slices used, the same in all segments
};

/// Which frames a label map becomes: segment by segment, slices ascending, empty frames left out.
/// A segment without voxels keeps its number and gets one empty frame on the middle slice, because
/// readers (and dcmseg) expect at least one frame for each segment.
struct SegPlan {
  std::vector<SegFrame> frames;
  std::vector<std::uint64_t> voxels;  ///< of each segment
  [[nodiscard]] bool nothing_found() const;
};

/// kInternal when the map's size and voxels differ, or a label is above `segments`.
Result<SegPlan> plan_frames(const LabelMap& labels, int segments);

/// The frames as one bit per voxel: least significant bit first, frames following each other
/// without alignment, the end padded with zeros to an even length (PS3.5 8.1.1, 8.2 and annex D).
std::vector<std::uint8_t> pack_frames(const LabelMap& labels, std::span<const SegFrame> frames);

}  // namespace hilum::dicomseg
