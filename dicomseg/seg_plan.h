#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dicomseg/seg_layout.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/volume.h"

namespace hilum::dicomseg {

/// One frame of a segmentation. A binary one shows one segment on one slice, one of a label map all
/// segments on one slice.
struct SegFrame {
  int segment = 0;         ///< Segment Number, 1-based; 0: all of them (label map)
  int z = 0;               ///< slice of the label map
  int position_index = 0;  ///< 1-based rank of z among all slices used, the same in all segments
  std::size_t image = 0;   ///< of the source series, that slice z shows and the frame lies on
};

/// Which frames a label map becomes.
struct SegPlan {
  std::vector<SegFrame> frames;
  std::vector<std::uint64_t> voxels;  ///< of each segment, on the slices of images
  [[nodiscard]] bool nothing_found() const;
};

/// How many voxels of each label there are on each slice: counts[z][label].
using LabelCounts = std::vector<std::array<std::uint64_t, 256>>;

/// kInternal when the map's size and voxels differ, or a label is above `classes`.
Result<LabelCounts> count_labels(const LabelMap& labels, int classes);

enum class FrameKind { kOfOneSegment, kOfAllSegments };

struct PlanOptions {
  FrameKind kind = FrameKind::kOfOneSegment;
  ViewerProfile::EmptyFrames empty_frames = ViewerProfile::EmptyFrames::kOmit;
};

/// Frames in the order of their segments (if of one), slices ascending, on images only:
/// `slice_of_image` ascends. Where empty ones are
/// omitted, a segment without voxels still keeps its number and gets one, on the middle slice,
/// because readers expect at least one frame of each segment; a label map always has one frame.
SegPlan plan_frames(const LabelCounts& counts, std::span<const int> slice_of_image,
                    const SegLayout& layout, const PlanOptions& options = {});

}  // namespace hilum::dicomseg
