#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/cells.h"
#include "model/mid_plane.h"
#include "model/round_field.h"
#include "model/sides.h"

namespace hilum::model {

/// Aerated lung, by side, on cells of a volume.
struct LungSides {
  CellGrid cells;
  std::vector<Side> side;  ///< per cell; kNone where no aerated lung is
  MidPlane plane;
  std::optional<RoundField> field{};  ///< of the images, where it is smaller than they are
  double right_litres = 0;
  double left_litres = 0;

  [[nodiscard]] double litres() const { return right_litres + left_litres; }
};
/// With less lung than this a volume is no chest, or one that nothing can be said about.
inline constexpr double kSmallestLungLitres = 0.3;

/// Finds the lungs in cell means in HU and tells them apart.
///
/// Lung is what has the density of aerated tissue, is two cells thick, lies within the body and
/// hangs together with at least 0.05 litre. Air that reaches the sides of the volume is outside;
/// so is what the body does not enclose within its slice, such as bedding. The volume may end with
/// a round field of view: what is cut by it counts as enclosed there, as at the sides. A piece
/// belongs to the side of the mid-plane on which nearly all of it lies; a piece on both sides
/// (lungs that touch, or that the airway joins) is divided between its parts that lie far from the
/// plane, where they meet when both grow.
LungSides find_lung_sides(std::span<const float> hu, const CellGrid& cells);
/// The same in [X][Y][Z] `hu` of a whole volume of `voxels`, on cells of 3 mm.
LungSides find_lung_sides(std::span<const float> hu, const GridSize& voxels, const Vec3& spacing_mm,
                          int threads);

}  // namespace hilum::model
