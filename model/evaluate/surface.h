#pragma once

#include <array>

#include "model/evaluate/grid.h"

namespace hilum::model::evaluate {

/// Areas in mm² of the surface within a cell between eight voxel centres, by which of them are
/// inside: bit 4 dx + 2 dz + dy for the corner (dz, dy, dx). The surface is that of marching cubes
/// at the level one half: polygons through the middles of the edges that it crosses, found by
/// walking the faces; on a face with two opposite corners inside, these are cut off one by one. A
/// polygon that is not flat is the fan around its centre. `step_mm` along z, y, x.
std::array<double, 256> cell_areas(const std::array<double, 3>& step_mm);

/// Area in mm² of the surface of `mask`.
double surface_area(const Mask& mask);

/// Normalised surface Dice (Nikolov et al., arXiv 1809.04430; JMIR 2021): the share of both
/// surfaces' area that lies within `tolerance_mm` of the other surface,
///   (|{a in S_A: d(a, S_B) <= t}| + |{b in S_B: d(b, S_A) <= t}|) / (|S_A| + |S_B|).
/// A surface element is a cell (see `cell_areas`) that the surface passes, weighted with its area
/// there; distances are those between the middles of cells. Beyond the grid is outside.
/// 0 when one mask alone is empty. Precondition: same grid, not both empty.
double surface_dice(const Mask& a, const Mask& b, double tolerance_mm);

}  // namespace hilum::model::evaluate
