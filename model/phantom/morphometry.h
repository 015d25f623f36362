#pragma once

#include <array>
#include <vector>

#include "model/phantom/anatomy.h"
#include "model/phantom/vessel_layers.h"

namespace hilum::phantom {

/// One Strahler order of a tree; order 1 are the thinnest labelled branches.
struct StrahlerOrder {
  int count = 0;
  double diameter_mm = 0;  ///< mean over its branches
};

struct TreeMorphometry {
  int branches_2mm = 0;        ///< grown branches at least 2 mm wide
  double lung_ml = 0;          ///< vessel volume inside the lungs
  double lung_visible_ml = 0;  ///< of branches at least 1.1 mm wide, which CT can show
  double branch_angle = 0;     ///< mean angle of labelled branches to their parent, degrees
  double length_to_diameter = 0;
  std::vector<StrahlerOrder> orders;  ///< of labelled branches, thinnest first
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

/// `smallest_label_mm` decides which branches count as labelled. `label_ml` is left empty.
Morphometry measure(const Anatomy& anatomy, const VascularTrees& trees, const VesselPieces& pieces,
                    double smallest_label_mm);

}  // namespace hilum::phantom
