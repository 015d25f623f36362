#pragma once

#include "model/phantom/anatomy.h"
#include "model/phantom/tree.h"

namespace hilum::phantom {

/// Share of the lung that vessels fill which CT can show, 6-12 mm below the pleura over that at
/// 20-30 mm. Of the trees, not of voxels; joints and winding do not count. In real CT the share of
/// voxels above -500 HU (depth_profile.h) is about as large at the rim as in the centre.
double rim_to_centre_of_trees(const Anatomy& anatomy, const Tree& artery, const Tree& vein);

/// Widens small vessels near the pleura and narrows those in the core, or the reverse, by as much
/// as it takes to bring `rim_to_centre_of_trees` into the range of real lungs; nothing where it
/// lies in it. Large vessels keep their width.
void balance_rim(const Anatomy& anatomy, Tree& artery, Tree& vein);

}  // namespace hilum::phantom
