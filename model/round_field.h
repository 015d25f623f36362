#pragma once

#include <cmath>
#include <optional>
#include <span>

#include "model/cells.h"

namespace hilum::model {

/// The circle, round the body's axis, that a scanner reconstructed; outside it an axial image holds
/// a padding value.
struct RoundField {
  double x_mm = 0;  ///< centre, along the grid's axes from the first voxel's outer corner
  double y_mm = 0;
  double radius_mm = 0;

  /// How far within the circle; negative outside it.
  [[nodiscard]] double depth_mm(const Vec3& place_mm) const {
    return radius_mm - std::hypot(place_mm[0] - x_mm, place_mm[1] - y_mm);
  }
};

/// Finds it in cell means in HU, to about a cell: by columns of cells that are as thin as padding
/// in every slice, if they are all outside of a circle and all others within. Air that is that thin
/// round a body is no circle.
std::optional<RoundField> find_round_field(std::span<const float> hu, const CellGrid& cells);

}  // namespace hilum::model
