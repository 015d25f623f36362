#include "dicomseg/voxel_locator.h"

#include <cmath>

namespace hilum::dicomseg {
namespace {

double dot(const Vec3& a, const Vec3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/// (a x b) * factor
Vec3 scaled_cross(const Vec3& a, const Vec3& b, double factor) {
  return {(a[1] * b[2] - a[2] * b[1]) * factor, (a[2] * b[0] - a[0] * b[2]) * factor,
          (a[0] * b[1] - a[1] * b[0]) * factor};
}

}  // namespace

std::optional<VoxelLocator> VoxelLocator::of(const Geometry& geometry) {
  const Vec3 x = geometry.step_mm(0);
  const Vec3 y = geometry.step_mm(1);
  const Vec3 z = geometry.step_mm(2);
  const double determinant = dot(x, scaled_cross(y, z, 1));
  if (!std::isfinite(determinant) || determinant == 0) return std::nullopt;
  const double f = 1 / determinant;
  return VoxelLocator(geometry,
                      {scaled_cross(y, z, f), scaled_cross(z, x, f), scaled_cross(x, y, f)});
}

std::optional<std::size_t> VoxelLocator::voxel(const Vec3& lps) const {
  const Vec3 from{lps[0] - origin_[0], lps[1] - origin_[1], lps[2] - origin_[2]};
  std::array<int, 3> xyz{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double index = std::round(dot(rows_[axis], from));
    if (!(index >= 0 && index < geometry_.size[2 - axis])) return std::nullopt;
    xyz[axis] = static_cast<int>(index);
  }
  return geometry_.index(xyz[2], xyz[1], xyz[0]);
}

}  // namespace hilum::dicomseg
