#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dicomseg/seg_plan.h"

/// Private to dicomseg/: from labels to the pixels of a segmentation's frames.
namespace hilum::dicomseg {

/// Bytes of Pixel Data that `frames` frames of `slice_voxels` voxels take with `bits` (1 or 8) per
/// voxel: even, as the standard asks for (PS3.5 8.1.1).
std::size_t pixel_bytes(std::size_t frames, std::size_t slice_voxels, int bits);

/// Frames of one segment each as one bit per voxel: least significant bit first, frames following
/// each other without alignment, the end padded with zeros (PS3.5 8.1.1, 8.2 and annex D).
/// Precondition: `into` has `pixel_bytes` of them.
void pack_frames(const LabelMap& labels, const SegLayout& layout, std::span<const SegFrame> frames,
                 std::span<std::uint8_t> into);

/// Frames of all segments as one byte per voxel, the Segment Number. The same precondition.
void number_frames(const LabelMap& labels, const SegLayout& layout,
                   std::span<const SegFrame> frames, std::span<std::uint8_t> into);

}  // namespace hilum::dicomseg
