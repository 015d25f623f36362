#pragma once

#include "model/voxel_mask.h"

namespace hilum::model {

/// The centreline of `mask`: a subset of its voxels, one voxel thin up to junctions, with the same
/// topology (components, holes, cavities) as the mask, objects being 26-connected.
///
/// Voxels are peeled from the six directions in turn. A candidate is a simple voxel whose
/// neighbour in that direction is background and that is not the end of a line (one neighbour); of
/// the candidates those go, all at once, that are simple whichever others go (`is_simple_among`).
/// The frame is Lee, Kashyap and Chu's (CVGIP: Graphical Models and Image Processing 56, 1994), the
/// removal at once that of Lohou and Bertrand (Discrete Applied Mathematics 151, 2005): Lee's check
/// one voxel after the other depends on the order of voxels in memory and can eat a line that is
/// two voxels wide from its end. Time: voxels of the mask times its largest radius in voxels.
Mask centreline(const Mask& mask);

}  // namespace hilum::model
