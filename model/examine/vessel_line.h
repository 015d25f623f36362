#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/examine/voxel_set.h"

namespace hilum::model::examine {

/// A piece of a centreline without branches.
struct LinePath {
  std::size_t first = 0;  ///< of `VesselLine::place`
  std::size_t end = 0;    ///< one after the last
};

/// The centreline of a vessel as paths from joint to joint, and which voxels of the vessel belong
/// to each of its places. Joints, where three or more lines meet, are no places: what lies around
/// them belongs to the ends of the paths that lead there.
struct VesselLine {
  VoxelSet voxels;                    ///< of the centreline
  std::vector<std::uint32_t> number;  ///< of each place, in `voxels`
  std::vector<Vec3> place;            ///< in mm; path after path, each in order along the line
  std::vector<LinePath> paths;
  /// For each voxel of the vessel the nearest place: of those that can be reached within the vessel
  /// by ways on which no other place is nearer. kNone where a connected piece has no place.
  std::vector<std::uint32_t> place_of;

  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
};

/// `line` is a subset of `vessel`, on the same grid, as `model::centreline` makes it.
VesselLine trace_line(const VoxelSet& vessel, VoxelSet line);

}  // namespace hilum::model::examine
