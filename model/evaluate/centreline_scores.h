#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "model/evaluate/grid.h"

namespace hilum::model::evaluate {

/// Centreline Dice (Shit et al., clDice, CVPR 2021): with the centrelines S of two masks V, the
/// harmonic mean of |S_P n V_R| / |S_P| (topology precision) and |S_R n V_P| / |S_R| (topology
/// sensitivity). 0 when either is 0, also because one mask is empty.
double centreline_dice(const Mask& prediction, const Mask& predicted_line, const Mask& reference,
                       const Mask& reference_line);

/// For each voxel of `vessel`, in the order of the grid, the diameter in mm of the vessel at the
/// nearest voxel of its centreline `line`. There it is that of the largest ball in the vessel that
/// is centred on the line and holds that voxel, so that the line's ends and the first voxels of a
/// branch, still within its parent, do not count as narrow. A ball's radius is the distance to the
/// nearest background voxel less half a voxel (the smallest step), because the distance goes to
/// that voxel's middle. Precondition: same grid; `line` is not empty unless `vessel` is.
std::vector<float> diameters_mm(const Mask& vessel, const Mask& line);

}  // namespace hilum::model::evaluate
