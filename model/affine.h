#pragma once

#include <array>

#include "pipeline/domain/volume.h"

namespace hilum::model {

/// An affine map of 3-space: row-major 4x4 with the last row 0 0 0 1, applied to column vectors,
/// like `Geometry::voxel_to_lps`.
using Affine = std::array<double, 16>;

/// The image of a point.
Vec3 transform(const Affine& map, const Vec3& point);
/// The map "first `inner`, then `outer`".
Affine compose(const Affine& outer, const Affine& inner);
/// Determinant of the linear part.
double determinant(const Affine& map);
/// The inverse. The determinant must not be 0.
Affine inverse(const Affine& map);
/// Column `axis` of the linear part.
Vec3 column(const Affine& map, std::size_t axis);
/// From millimetres in DICOM's patient axes LPS to RAS and, being its own inverse, back.
Affine flip_lps_ras();

}  // namespace hilum::model
