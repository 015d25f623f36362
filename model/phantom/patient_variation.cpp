#include "model/phantom/patient_variation.h"

#include <numbers>

namespace hilum::phantom {
namespace {

/// Without one lobe the fissure to its neighbour leaves the lung.
void remove_lobe(Lobe lobe, BodyPlan& plan) {
  constexpr double kOutside = 400;  // mm
  switch (lobe) {
    case Lobe::kRightUpper:
      plan.right_horizontal_z += kOutside;
      return;
    case Lobe::kRightMiddle:
      plan.right_horizontal_z -= kOutside;
      return;
    case Lobe::kRightLower:
      plan.right_oblique_z -= kOutside;
      return;
    case Lobe::kLeftUpper:
      plan.left_oblique_z += kOutside;
      return;
    case Lobe::kLeftLower:
      plan.left_oblique_z -= kOutside;
      return;
  }
}

/// Wide central arteries, narrow small ones (pruning), a larger right heart.
void raise_pressure(double hypertension, BodyPlan& plan) {
  const double wider = 1 + 0.3 * hypertension;
  plan.trunk_radius *= wider;
  plan.right_pa_radius *= wider;
  plan.left_pa_radius *= wider;
  plan.segmental_artery *= 1 + 0.12 * hypertension;
  plan.small_artery *= 1 - 0.15 * hypertension;
  plan.heart_scale *= 1 + 0.06 * hypertension;
}

}  // namespace

void apply(const PatientVariation& variation, BodyPlan& plan) {
  constexpr double kRadians = std::numbers::pi / 180;
  plan.roll = variation.roll_deg * kRadians;
  plan.lean = variation.lean_deg * kRadians;
  plan.missing_segment = variation.missing_segment.value_or(-1);
  plan.mediastinal_lingular_artery = variation.mediastinal_lingular_artery;
  if (variation.missing_lobe) remove_lobe(*variation.missing_lobe, plan);
  if (variation.hypertension > 0) raise_pressure(variation.hypertension, plan);
}

}  // namespace hilum::phantom
