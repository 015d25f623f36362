#pragma once

#include <vector>

namespace hilum::phantom {

/// Vessel radius from the lung volume it supplies: straight lines in log-log space through anchors.
/// A single power law cannot be right at the hilum and at the rim at once (README.md).
/// Branch flow is about proportional to supplied volume (Kitaoka 1999, JAP 87:2207).
class CalibreLaw {
 public:
  struct Anchor {
    double supply_ml;
    double radius_mm;
  };
  /// At least two anchors, largest supply first. Above the first the radius is that of the first;
  /// below the last the last slope goes on.
  explicit CalibreLaw(const std::vector<Anchor>& anchors);

  [[nodiscard]] double radius_mm(double supply_ml) const;

 private:
  struct Knot {
    double log_supply;
    double log_radius;
  };
  std::vector<Knot> knots_;
};

/// Law of one tree in one lung. `segmental_mm` is the diameter where a tenth of the lung is
/// supplied, `small_mm` where 2 mL are; two more anchors at 20 mL and .4 mL follow from it.
CalibreLaw calibre_law(double lung_ml, double main_radius_mm, double segmental_mm, double small_mm);

/// Thickness of the wall of a bronchus with this inner radius; `factor` varies between people. At
/// segmental level 1.12 +- .19 mm (PMID 9071307), less further out, where thick walls would show as
/// rings that CT at 1.5 mm does not have.
double bronchus_wall_mm(double lumen_radius_mm, double factor);

}  // namespace hilum::phantom
