#include "pipeline/domain/volume.h"

#include <cmath>

namespace hilum {

Vec3 Geometry::to_lps(const Vec3& xyz) const {
  Vec3 lps{};
  for (std::size_t row = 0; row < 3; ++row) {
    lps[row] = voxel_to_lps[row * 4 + 3];
    for (std::size_t column = 0; column < 3; ++column) {
      lps[row] += voxel_to_lps[row * 4 + column] * xyz[column];
    }
  }
  return lps;
}

Vec3 Geometry::step_mm(int axis) const {
  const auto column = static_cast<std::size_t>(axis);
  return {voxel_to_lps[column], voxel_to_lps[4 + column], voxel_to_lps[8 + column]};
}

double Geometry::voxel_ml() const {
  constexpr double kMillilitresPerCubicMillimetre = 1e-3;
  const Vec3 a = step_mm(0);
  const Vec3 b = step_mm(1);
  const Vec3 c = step_mm(2);
  const double determinant = a[0] * (b[1] * c[2] - b[2] * c[1]) -
                             a[1] * (b[0] * c[2] - b[2] * c[0]) +
                             a[2] * (b[0] * c[1] - b[1] * c[0]);
  return std::abs(determinant) * kMillilitresPerCubicMillimetre;
}

}  // namespace hilum
