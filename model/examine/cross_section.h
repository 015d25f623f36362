#pragma once

#include <vector>

#include "model/examine/vessel_line.h"
#include "model/examine/voxel_set.h"

namespace hilum::model::examine {

/// For each voxel of `vessel` the area in mm2 of the vessel's cross-section there; README.md has
/// the definition, what it is good for and its limits.
///
/// At a place of the centreline the area is the volume of a slab of the vessel across the line,
/// divided by the slab's thickness: two voxels, or the vessel's radius where that is more. Unlike a
/// ball that must fit between voxel centres, that is neither blind to half a voxel nor to the long
/// side of an oval vessel. What is cut off, at the vessel's ends or by a joint, counts neither as
/// volume nor as thickness. Each voxel has the area of its place (`VesselLine::place_of`).
std::vector<float> cross_sections_mm2(const VoxelSet& vessel, const VesselLine& line);

}  // namespace hilum::model::examine
