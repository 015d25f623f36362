#pragma once

#include <vector>

#include "model/phantom/anatomy.h"
#include "model/phantom/shapes.h"
#include "model/phantom/tissue.h"

namespace hilum::phantom {

/// Where the arms lie. Raised arms are outside every chest scan; an arm beside the body is mostly
/// cut by the field of view.
enum class Arms { kRaised, kBothDown, kLeftDown, kRightDown };

/// Arms beside the body: skin, fat, muscle and bone around the axes of upper arm and forearm.
class ArmShapes {
 public:
  ArmShapes(const Anatomy& anatomy, const TissueHu& tissue, Arms arms, Rng& rng);

  [[nodiscard]] bool empty() const { return limbs_.empty(); }
  /// `air_hu` where no arm is.
  [[nodiscard]] float over(float air_hu, const Vec& p, float voxel_mm) const;

 private:
  struct Limb {
    Cone surface;
    double fat_mm;
    double bone_radius_mm;
  };
  void add(const Frame& frame, double side, const BodyPlan& plan, Rng& rng);

  const TissueHu& tissue_;
  std::vector<Limb> limbs_;
};

}  // namespace hilum::phantom
