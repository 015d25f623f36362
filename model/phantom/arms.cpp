#include "model/phantom/arms.h"

#include "model/phantom/coverage.h"

namespace hilum::phantom {

ArmShapes::ArmShapes(const Anatomy& anatomy, const TissueHu& tissue, Arms arms, Rng& rng)
    : tissue_(tissue) {
  if (arms == Arms::kBothDown || arms == Arms::kLeftDown) add(anatomy.frame, 1, anatomy.plan, rng);
  if (arms == Arms::kBothDown || arms == Arms::kRightDown) {
    add(anatomy.frame, -1, anatomy.plan, rng);
  }
}

void ArmShapes::add(const Frame& frame, double side, const BodyPlan& plan, Rng& rng) {
  constexpr double kShoulderZ = 75;
  constexpr double kBelowWindowZ = -260;
  const double radius = 36 + 0.5 * plan.fat_thickness + rng.uniform(-4, 6);
  const double flank = plan.chest_half_width + plan.wall_thickness + 0.55 * plan.fat_thickness;
  // Pressed against the flank or a little away from it; the elbow often lies on the table.
  const double x = flank + radius * rng.uniform(0.65, 1.0);
  const double elbow_z = rng.uniform(-190, -120);
  const double elbow_y = rng.uniform(15, 60);
  const Vec shoulder = frame.to_patient({side * (x - 12), rng.uniform(10, 40), kShoulderZ});
  const Vec elbow = frame.to_patient({side * (x + 8), elbow_y, elbow_z});
  const Vec hand = frame.to_patient(
      {side * (x - rng.uniform(0, 60)), elbow_y - rng.uniform(0, 110), kBelowWindowZ});
  const double fat = 0.35 * plan.fat_thickness + 3;
  limbs_.push_back({{shoulder, elbow, radius, 0.85 * radius}, fat, 11});
  limbs_.push_back({{elbow, hand, 0.85 * radius, 0.7 * radius}, 0.7 * fat, 9});
}

float ArmShapes::over(float air_hu, const Vec& p, float voxel_mm) const {
  constexpr double kSkinMm = 2, kCortexMm = 3.5;
  constexpr double kSkinHu = 20;
  float hu = air_hu;
  for (const Limb& limb : limbs_) {
    const double distance = distance_to(limb.surface, p);
    const float share = edge_coverage(static_cast<float>(distance), voxel_mm);
    if (share <= 0) continue;
    const double radius = 0.5 * (limb.surface.radius_a + limb.surface.radius_b);
    const double from_axis = radius + distance;
    double value = tissue_.muscle;
    if (-distance < kSkinMm) {
      value = kSkinHu;
    } else if (-distance < kSkinMm + limb.fat_mm) {
      value = tissue_.fat;
    } else if (from_axis < limb.bone_radius_mm) {
      value = from_axis < limb.bone_radius_mm - kCortexMm ? tissue_.marrow : 1.5 * tissue_.cortex;
    }
    hu += (static_cast<float>(value) - hu) * share;
  }
  return hu;
}

}  // namespace hilum::phantom
