#pragma once

#include <cstdint>
#include <span>

#include "model/cells.h"

namespace hilum::model {

/// The plane between the lungs: points p in mm along the cells' axes with normal . p = offset. The
/// normal has length 1 and points to the patient's right.
struct MidPlane {
  Vec3 normal{1, 0, 0};
  double offset_mm = 0;

  /// Positive to the patient's right.
  [[nodiscard]] double distance_mm(const Vec3& p) const {
    return normal[0] * p[0] + normal[1] * p[1] + normal[2] * p[2] - offset_mm;
  }
};

/// The plane that cuts least lung, near the middle of the body and turned against the sagittal
/// plane by up to 25 degrees about the body's axis and 12 degrees to the side. A patient with one
/// lung keeps a plane near the middle of the body.
MidPlane find_mid_plane(const CellGrid& cells, std::span<const std::uint8_t> lung,
                        std::span<const std::uint8_t> body);

}  // namespace hilum::model
