#pragma once

#include <filesystem>

#include "dicomseg/seg_iod.h"

namespace hilum::dicomseg {

/// Largest distance of a segment's centroid, by the geometry in the file, from where the label map
/// has it, in millimetres: what the rounding of decimal strings can do.
inline constexpr double kCentroidToleranceMm = 0.05;

/// The geometry gate: reads a segmentation back with `read_seg`, which shares nothing with the
/// writer, and compares it with what was to be written: patient's study, frame of reference and
/// references; number, codes, sides and colours of the segments; for each segment exactly the
/// voxels of its labels, each frame at the place and with the source image of its slice; and the
/// centroids in patient coordinates. A mirrored, shifted or mixed-up overlay does not get past it.
///
/// kInternal, saying what differs; also when the file cannot be read.
Status check_segmentation(const std::filesystem::path& file, const SegInput& input);

}  // namespace hilum::dicomseg
