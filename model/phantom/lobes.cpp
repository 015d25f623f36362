#include "model/phantom/lobes.h"

#include <cmath>

namespace hilum::phantom {
namespace {

constexpr double kRightObliqueSlope = 1.04;  // dz/dy
constexpr double kLeftObliqueSlope = 1.05;
constexpr double kHorizontalSlope = 0.1;
constexpr double kLateralSlope = 0.12;   // dz/d|x|
constexpr double kObliqueCosine = 0.69;  // of its angle to the horizontal: height to distance

}  // namespace

Fissures::Fissures(const BodyPlan& plan, const Frame& frame, Rng& rng)
    : right_oblique_z_(plan.right_oblique_z),
      right_horizontal_z_(plan.right_horizontal_z),
      left_oblique_z_(plan.left_oblique_z),
      frame_(frame),
      waves_({8, 60, 160, 3.0}, rng) {}

Fissures::Heights Fissures::heights(const Vec& patient) const {
  const Vec t = frame_.to_template(patient);
  const Vec wave = waves_.at(patient);
  const bool left = t.x >= 0;
  const double base = left ? left_oblique_z_ : right_oblique_z_;
  const double slope = left ? kLeftObliqueSlope : kRightObliqueSlope;
  const double oblique = base + slope * t.y + kLateralSlope * (std::abs(t.x) - 60) + wave.z;
  const double horizontal = right_horizontal_z_ + kHorizontalSlope * t.y + wave.x;
  return {t.z - oblique, t.z - horizontal, left};
}

Lobe Fissures::lobe_at(const Vec& patient) const {
  const Heights h = heights(patient);
  if (h.left) return h.oblique < 0 ? Lobe::kLeftLower : Lobe::kLeftUpper;
  if (h.oblique < 0) return Lobe::kRightLower;
  return h.horizontal < 0 ? Lobe::kRightMiddle : Lobe::kRightUpper;
}

double Fissures::distance(const Vec& patient) const {
  const Heights h = heights(patient);
  const double oblique = h.oblique * kObliqueCosine;
  const bool horizontal_nearer =
      !h.left && h.oblique > 0 && std::abs(h.horizontal) < std::abs(oblique);
  return horizontal_nearer ? h.horizontal : oblique;
}

}  // namespace hilum::phantom
