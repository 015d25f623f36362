#include "model/phantom/rim_balance.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace hilum::phantom {
namespace {

struct Band {
  double from_mm;
  double to_mm;
  [[nodiscard]] bool holds(double depth) const { return depth >= from_mm && depth < to_mm; }
};
constexpr Band kRim{6, 12};
constexpr Band kCentre{20, 30};

// What real CT shows is .8 to 1.4 (README.md), of voxels. Of the trees it is 1.18 +- .11 times as
// much (24 seeds): blur hides more of what is thin.
constexpr double kLeastRatio = 1.22;
constexpr double kMostRatio = 1.42;

/// Cross-section in mm2, as far as voxels of 1.5 mm are more vessel than lung.
double visible_area(double radius_mm) {
  constexpr double kInvisibleMm = 0.40;
  constexpr double kVisibleMm = 0.60;
  return std::numbers::pi * radius_mm * radius_mm * ramp(radius_mm, kInvisibleMm, kVisibleMm);
}

/// 1 for vessels that the balance may change, 0 for those that it leaves alone.
double smallness(double radius_mm) {
  constexpr double kSmallMm = 1.5;
  constexpr double kLargeMm = 2.5;
  return 1 - ramp(radius_mm, kSmallMm, kLargeMm);
}

/// Width of a vessel over that without balance; `outward` is 0.5 in the rim and -0.5 in the centre.
double width_factor(double radius_mm, double outward, double slope) {
  return 1 + slope * outward * smallness(radius_mm);
}

/// A short stretch of a vessel.
struct Stretch {
  double radius_mm;
  double mm;
};

/// What lies in one band of the lungs.
struct BandContent {
  Band band;
  double outward;
  double lung = 0;  ///< points of the field of depths
  std::vector<Stretch> stretches = {};

  /// mm3 of visible vessel for each point of lung.
  [[nodiscard]] double vessel_share(double slope) const {
    double volume = 0;
    for (const Stretch& stretch : stretches) {
      const double factor = width_factor(stretch.radius_mm, outward, slope);
      volume += visible_area(stretch.radius_mm * factor) * stretch.mm;
    }
    return volume / lung;
  }
};

/// The two bands that are compared, looked up once for all slopes that are tried.
struct Bands {
  BandContent rim{.band = kRim, .outward = 0.5};
  BandContent centre{.band = kCentre, .outward = -0.5};

  Bands(const Anatomy& anatomy, const Tree& artery, const Tree& vein) {
    for (const float depth : anatomy.lung_depth.values()) {
      for (BandContent* content : {&rim, &centre}) content->lung += content->band.holds(depth);
    }
    for (const Tree* tree : {&artery, &vein}) {
      for (const TreeNode& node : *tree) {
        if (node.parent >= 0) add(anatomy, (*tree)[node.parent].position, node);
      }
    }
  }

  void add(const Anatomy& anatomy, const Vec& from, const TreeNode& node) {
    constexpr double kStepMm = 2;
    const Vec along = node.position - from;
    const double mm = length(along);
    const int steps = std::max(1, static_cast<int>(mm / kStepMm));
    for (int k = 0; k < steps; ++k) {
      const double depth = anatomy.lung_depth.at(from + along * ((k + 0.5) / steps));
      for (BandContent* content : {&rim, &centre}) {
        if (content->band.holds(depth)) content->stretches.push_back({node.radius_mm, mm / steps});
      }
    }
  }

  [[nodiscard]] double ratio(double slope) const {
    if (rim.lung == 0 || centre.lung == 0) return 1;
    const double in_centre = centre.vessel_share(slope);
    return in_centre == 0 ? 1 : rim.vessel_share(slope) / in_centre;
  }
};

/// The slope with which the ratio is `wanted`; the ratio rises with it.
double slope_for(const Bands& bands, double wanted) {
  constexpr int kHalvings = 8;
  double low = -0.8;
  double high = 0.8;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = 0.5 * (low + high);
    (bands.ratio(middle) < wanted ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace

double rim_to_centre_of_trees(const Anatomy& anatomy, const Tree& artery, const Tree& vein) {
  return Bands(anatomy, artery, vein).ratio(0);
}

void balance_rim(const Anatomy& anatomy, Tree& artery, Tree& vein) {
  const Bands bands(anatomy, artery, vein);
  const double ratio = bands.ratio(0);
  const double wanted = std::clamp(ratio, kLeastRatio, kMostRatio);
  if (wanted == ratio) return;
  const double slope = slope_for(bands, wanted);
  for (Tree* tree : {&artery, &vein}) {
    for (TreeNode& node : *tree) {
      const double depth = anatomy.lung_depth.at(node.position);
      const double outward = 0.5 - ramp(depth, kRim.to_mm, kCentre.from_mm);
      node.radius_mm *= width_factor(node.radius_mm, outward, slope);
    }
  }
}

}  // namespace hilum::phantom
