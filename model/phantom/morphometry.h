#pragma once

#include <array>
#include <vector>

#include "model/phantom/anatomy.h"
#include "model/phantom/vessel_layers.h"

namespace hilum::phantom {

/// Diameter of the thinnest branches whose numbers and shapes are compared. Casts end there; the
/// truth of coarse voxels may end earlier.
inline constexpr double kThinnestCountedMm = 1.2;

/// One Strahler order of a tree; order 1 are the thinnest counted branches.
struct StrahlerOrder {
  int count = 0;
  double diameter_mm = 0;  ///< mean over its branches
};

/// What is below `kThinnestCountedMm` counts in volumes alone.
struct TreeMorphometry {
  int branches_2mm = 0;        ///< grown branches at least 2 mm wide
  double lung_ml = 0;          ///< vessel volume inside the lungs
  double lung_visible_ml = 0;  ///< of branches at least 1.1 mm wide, which CT can show
  double branch_angle = 0;     ///< mean angle of branches to their parent, degrees
  double length_to_diameter = 0;
  std::vector<StrahlerOrder> orders;  ///< thinnest first
};

/// Sizes to compare with published anatomy. From the trees, not from voxels, unless stated.
struct Morphometry {
  double lung_ml = 0;
  TreeMorphometry artery;
  TreeMorphometry vein;
  double vein_to_artery_mm = 0;      ///< mean distance of vein nodes to the nearest artery
  double lung_to_artery_mm = 0;      ///< mean distance of lung points to the nearest artery
  std::array<double, 5> label_ml{};  ///< of each truth value, counted in voxels; [0] is unused
};

/// `label_ml` is left empty.
Morphometry measure(const Anatomy& anatomy, const VascularTrees& trees, const VesselPieces& pieces);

}  // namespace hilum::phantom
