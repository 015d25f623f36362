#pragma once

#include <span>
#include <vector>

#include "model/cells.h"
#include "model/mid_plane.h"
#include "model/sides.h"

namespace hilum::model {

/// Aerated lung, by side.
struct LungSides {
  std::vector<Side> side;  ///< per cell; kNone where no aerated lung is
  MidPlane plane;
  double right_litres = 0;
  double left_litres = 0;
};

/// Finds the lungs in cell means in HU and tells them apart.
///
/// Lung is what has the density of aerated tissue, is two cells thick, lies within the body and
/// hangs together with at least 0.05 litre. Air that reaches the sides of the volume is outside;
/// so is what the body does not enclose within its slice, such as bedding. A piece belongs to the
/// side of the mid-plane on which nearly all of it lies; a piece on both sides (lungs that touch,
/// or that the airway joins) is divided between its parts that lie far from the plane, where they
/// meet when both grow.
LungSides find_lung_sides(std::span<const float> hu, const CellGrid& cells);

}  // namespace hilum::model
