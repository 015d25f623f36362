#pragma once

#include "model/phantom/body_plan.h"

namespace hilum::phantom {

enum class Lobe { kRightUpper, kRightMiddle, kRightLower, kLeftUpper, kLeftLower };

constexpr Side side_of(Lobe lobe) {
  return lobe == Lobe::kLeftUpper || lobe == Lobe::kLeftLower ? Side::kLeft : Side::kRight;
}

/// The fissures: tilted planes with smooth noise of 3 mm RMS. Immutable.
class Fissures {
 public:
  Fissures(const BodyPlan& plan, const Frame& frame, Rng& rng);

  [[nodiscard]] Lobe lobe_at(const Vec& patient) const;
  /// Signed distance in mm to the nearest fissure of that lung.
  [[nodiscard]] double distance(const Vec& patient) const;

 private:
  /// Height above the oblique and above the horizontal fissure, mm along z.
  struct Heights {
    double oblique;
    double horizontal;  ///< meaningless on the left
    bool left;
  };
  [[nodiscard]] Heights heights(const Vec& patient) const;

  double right_oblique_z_;
  double right_horizontal_z_;
  double left_oblique_z_;
  Frame frame_;
  SmoothField waves_;
};

}  // namespace hilum::phantom
