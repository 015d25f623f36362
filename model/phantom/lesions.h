#pragma once

#include <vector>

#include "model/phantom/supply.h"
#include "model/phantom/tissue.h"
#include "model/phantom/tree.h"

namespace hilum::phantom {

/// A round change of the lung with an irregular border.
struct FocalLesion {
  enum class Kind { kNodule, kGroundGlass, kConsolidation, kEmphysema };
  Kind kind;
  Vec centre;
  double radius_mm;
  double hu;  ///< of the lesion (nodule, consolidation) or added to the lung (the others)
};

/// Disease of the lungs that is not part of the truth: it is there to be told from vessels.
struct LungDisease {
  std::vector<FocalLesion> focal;
  Side effusion = Side::kNone;
  double effusion_y_mm = 0;  ///< fluid behind this plane, which tilts with height
  double dependent_hu = 0;   ///< added by atelectasis just inside the posterior pleura
};

/// Nodules in 50 %, ground glass 35 %, consolidation 20 %, emphysema 25 %, effusion 12 %, dependent
/// atelectasis 40 % of volumes.
LungDisease sample_disease(const SupplyPoints& lung, Rng& rng);

/// Marks artery branches of 3-12 mm as filled by a clot in 15 % of the scans with contrast. They
/// stay artery in the truth.
void place_emboli(const TissueHu& tissue, Tree& artery, Rng& rng);

}  // namespace hilum::phantom
