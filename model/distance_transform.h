#pragma once

#include <cstdint>
#include <vector>

#include "model/voxel_mask.h"

namespace hilum::model {

/// For every voxel the Euclidean distance in mm from its centre to that of the nearest voxel of
/// `sites`, exact up to float rounding; infinity when there are none. Separable: a sweep along x,
/// then lower envelopes of parabolas along y and z (Felzenszwalb and Huttenlocher, Theory of
/// Computing 8, 2012), with a step of its own for each axis. Time is linear in the voxels; memory
/// 4 bytes per voxel.
std::vector<float> distance_mm(const Mask& sites);

/// For every voxel the index of the nearest voxel of `sites` (of several at the same distance any
/// one, always the same); -1 when there are none. Memory 8 bytes per voxel.
std::vector<std::int32_t> nearest_site(const Mask& sites);

}  // namespace hilum::model
