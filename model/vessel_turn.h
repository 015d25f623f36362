#pragma once

#include <array>
#include <cstddef>
#include <optional>

namespace hilum::model {

/// A place seen from the plane between the lungs, in mm.
struct PlaceBetweenLungs {
  double from_plane_mm = 0;  ///< to the patient's right
  double anterior_mm = 0;    ///< within the plane, from any fixed place, as is the next
  double superior_mm = 0;
};

/// Where a vessel that crosses from lung to lung changes its side: the pulmonary arteries' at the
/// division of the trunk. Seen from there the left artery runs backwards and up, over the left main
/// bronchus, the right one to the right, a little backwards and down.
struct VesselTurn {
  PlaceBetweenLungs at;

  /// Whether `place` belongs to the branch to the right: which side of the plane between both
  /// branches it is on.
  [[nodiscard]] bool is_right(const PlaceBetweenLungs& place) const;
};

/// Collects the voxels of one vessel between the lungs and finds its turn.
class VesselCourse {
 public:
  explicit VesselCourse(double voxel_mm3) : voxel_mm3_(voxel_mm3) {}

  /// `toward_right_mm`: how far right of the border that the lungs tell.
  void add(const PlaceBetweenLungs& place, double toward_right_mm);
  void add(const VesselCourse& other);

  /// The bend of the course in the transverse plane: of all broken lines with two pieces the one
  /// that fits the centres of the cross-sections best, near the border that the lungs tell. Nothing
  /// when too little of a vessel of 8 mm crosses there, or does not bend as described.
  [[nodiscard]] std::optional<VesselTurn> turn() const;

 private:
  static constexpr double kBinMm = 3;  ///< of distances from the plane
  static constexpr double kReachMm = 90;
  static constexpr auto kBins = static_cast<std::size_t>(2 * kReachMm / kBinMm);

  /// Sums over the voxels of one cross-section, parallel to the plane.
  struct Section {
    double voxels = 0;
    double anterior = 0;
    double superior = 0;
    double toward_right = 0;
  };
  [[nodiscard]] bool counts(const Section& section) const;
  static double centre_mm(std::size_t bin) {
    return -kReachMm + (static_cast<double>(bin) + 0.5) * kBinMm;
  }

  double voxel_mm3_;
  std::array<Section, kBins> sections_{};
};

}  // namespace hilum::model
