#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "model/lung_sides.h"
#include "model/vessel_turn.h"

namespace hilum::model {

/// Which side of the patient every part of a volume belongs to, from the lungs alone.
///
/// In a lung, vessels included, the side of that lung. Between the lungs the border lies where the
/// pulmonary trunk divides, left of the middle: the right artery crosses behind aorta and superior
/// caval vein, and the left atrium, into which the veins of both sides drain, spans it. From the
/// lungs that place is known to a few millimetres; `give_sides` finds it better on the vessels.
/// What replaces a lung that is missing, collapsed or not aerated is all that lies far beyond the
/// plane between the lungs.
class AnatomicalSides {
 public:
  /// Nothing known: no lung was found.
  AnatomicalSides() = default;

  /// For a volume with voxels of `spacing_mm`; nothing is known below `kSmallestLungLitres`.
  static AnatomicalSides from(const LungSides& lungs, const Vec3& spacing_mm, int threads);

  [[nodiscard]] bool found() const { return !toward_right_.empty(); }
  /// About how many mm voxel (x, y, z) lies to the right of the border between the sides; far
  /// outside -kCrossingMm..kCrossingMm where the lungs leave no doubt. Only when found.
  [[nodiscard]] float toward_right_mm(int x, int y, int z) const {
    return toward_right_[grid_index(cells_.size, x / cells_.edge[0], y / cells_.edge[1],
                                    z / cells_.edge[2])];
  }
  /// Calls `visit(begin, end, toward_right)` for runs of voxels of row (x, y) with one value, which
  /// together are z = first..last - 1. Only when found.
  template <class Visit>
  void for_each_run(int x, int y, int first, int last, const Visit& visit) const {
    const float* row =
        toward_right_.data() + grid_index(cells_.size, x / cells_.edge[0], y / cells_.edge[1], 0);
    for (int begin = first; begin < last;) {
      const int cell = begin / cells_.edge[2];
      const int end = std::min(last, (cell + 1) * cells_.edge[2]);
      visit(begin, end, row[cell]);
      begin = end;
    }
  }
  /// Of a voxel's centre.
  [[nodiscard]] PlaceBetweenLungs place(int x, int y, int z) const;
  [[nodiscard]] double voxel_mm3() const {
    return spacing_mm_[0] * spacing_mm_[1] * spacing_mm_[2];
  }
  /// For the log: what was found, or that nothing was.
  [[nodiscard]] std::string describe() const;

  /// What is closer to the border lies between the lungs.
  static constexpr float kCrossingMm = 25;

 private:
  CellGrid cells_;
  Vec3 spacing_mm_{};
  MidPlane plane_;
  std::vector<float> toward_right_;  ///< per cell
  double right_litres_ = 0;
  double left_litres_ = 0;
};

}  // namespace hilum::model
