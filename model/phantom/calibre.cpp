#include "model/phantom/calibre.h"

#include <algorithm>
#include <cmath>

namespace hilum::phantom {

CalibreLaw::CalibreLaw(const std::vector<Anchor>& anchors) {
  for (const Anchor& a : anchors) knots_.push_back({std::log(a.supply_ml), std::log(a.radius_mm)});
}

double CalibreLaw::radius_mm(double supply_ml) const {
  const double x = std::min(std::log(std::max(supply_ml, 1e-3)), knots_.front().log_supply);
  std::size_t upper = 0;
  while (upper + 2 < knots_.size() && x < knots_[upper + 1].log_supply) ++upper;
  const Knot& a = knots_[upper];
  const Knot& b = knots_[upper + 1];
  const double slope = (a.log_radius - b.log_radius) / (a.log_supply - b.log_supply);
  return std::exp(b.log_radius + slope * (x - b.log_supply));
}

CalibreLaw calibre_law(double lung_ml, double main_radius_mm, double segmental_mm,
                       double small_mm) {
  constexpr double kMiddleMl = 20;  // Singhal 1973: 203 vessels of 2.1 mm in two lungs
  constexpr double kMiddle = 1.62;
  constexpr double kFinestMl = 0.4;  // below 2 mL calibre falls slowly, or the rim stays empty
  constexpr double kFinest = 0.80;
  const double small = small_mm / 2;
  return CalibreLaw({{lung_ml, main_radius_mm},
                     {0.1 * lung_ml, segmental_mm / 2},
                     {kMiddleMl, kMiddle * small},
                     {2.0, small},
                     {kFinestMl, kFinest * small}});
}

double bronchus_wall_mm(double lumen_radius_mm, double factor) {
  return factor * std::clamp(0.22 + 0.16 * lumen_radius_mm, 0.3, 1.3);
}

}  // namespace hilum::phantom
