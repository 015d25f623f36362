#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "dicomseg/image_header.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/series.h"

namespace hilum::dicomseg {

/// Headers -> facts for the rules. Localizer planes are left out when the series has others; a
/// series of localizers alone is described as such. Spacing is the median distance along the
/// normal; it and the orientation are absent when no two planes have positions. Pure.
SeriesFacts facts_of(std::span<const ImageHeader> headers);

/// The anatomical plane whose normal is within kOrientationDegrees of `plane`'s.
inline constexpr double kOrientationDegrees = 25.0;
SeriesFacts::Orientation orientation_of(const SlicePlane& plane);

/// Headers of all files, in the order given; the first that cannot be read is the error.
Result<std::vector<ImageHeader>> read_headers(std::span<const std::filesystem::path> files);

}  // namespace hilum::dicomseg
