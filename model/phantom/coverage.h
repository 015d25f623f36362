#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "model/phantom/scalar_field.h"
#include "model/phantom/shapes.h"

namespace hilum::phantom {

/// How much of each voxel a structure fills, in 1/255.
class Coverage {
 public:
  Coverage() = default;
  explicit Coverage(std::size_t voxels) : share_(voxels, 0) {}

  void raise(std::size_t voxel, float share) {
    const auto value = static_cast<std::uint8_t>(std::lround(share * 255.0F));
    share_[voxel] = std::max(share_[voxel], value);
  }
  [[nodiscard]] float at(std::size_t voxel) const {
    return static_cast<float>(share_[voxel]) * (1.0F / 255.0F);
  }

 private:
  std::vector<std::uint8_t> share_;
};

/// Coverage of a voxel of width `step` whose centre lies `distance` from a surface.
inline float edge_coverage(float distance, float step) {
  return std::clamp(0.5F - distance / step, 0.0F, 1.0F);
}

/// Factor that makes a thin tube cover as much volume as it has, although the linear edge is wider
/// than the tube: conserves mass to a few percent for every radius.
inline float thin_tube_factor(float radius, float step) {
  if (radius > 1.5F * step) return 1;
  if (radius >= 0.5F * step) return radius * radius / (radius * radius + step * step / 12);
  const float reach = radius + 0.5F * step;
  return std::min(1.0F, 3 * step * radius * radius / (reach * reach * reach));
}

/// Calls `visit(voxel, distance, radius)` for every voxel within about one voxel of the cone, grown
/// by `extra` mm: distance in mm to the axis (in units
/// of an oval cross-section's mean radius), radius of the cone there.
template <class Visit>
void visit_cone(const Lattice& grid, const Cone& cone, double extra, Visit visit) {
  const double stretch = std::sqrt(cone.oval.aspect);
  const double margin =
      (std::max(cone.radius_a, cone.radius_b) + extra + 0.9 * grid.step_mm) * stretch;
  const auto range = [&](double p, double q, double origin, int n) {
    const double low = (std::min(p, q) - margin - origin) / grid.step_mm;
    const double high = (std::max(p, q) + margin - origin) / grid.step_mm;
    return std::pair{static_cast<int>(std::clamp(std::ceil(low), 0.0, static_cast<double>(n))),
                     static_cast<int>(std::clamp(std::floor(high), -1.0, n - 1.0))};
  };
  const auto [x0, x1] = range(cone.a.x, cone.b.x, grid.origin.x, grid.nx);
  const auto [y0, y1] = range(cone.a.y, cone.b.y, grid.origin.y, grid.ny);
  const auto [z0, z1] = range(cone.a.z, cone.b.z, grid.origin.z, grid.nz);
  const Vec axis = cone.b - cone.a;
  const double inverse = 1 / std::max(1e-6, dot(axis, axis));
  const bool oval = cone.oval.aspect > 1;
  for (int z = z0; z <= z1; ++z) {
    for (int y = y0; y <= y1; ++y) {
      std::size_t voxel = grid.index(x0, y, z);
      for (int x = x0; x <= x1; ++x, ++voxel) {
        const Vec p = grid.at(x, y, z) - cone.a;
        const double t = std::clamp(dot(p, axis) * inverse, 0.0, 1.0);
        const Vec across = p - axis * t;
        const double radius = cone.radius_a + (cone.radius_b - cone.radius_a) * t + extra;
        const double reach = radius + 0.9 * grid.step_mm;
        double square = dot(across, across);
        if (oval) {
          const double wide = dot(across, cone.oval.wide);
          square =
              square * cone.oval.aspect + wide * wide * (1 / cone.oval.aspect - cone.oval.aspect);
        }
        if (square >= reach * reach) continue;
        visit(voxel, static_cast<float>(std::sqrt(square)), static_cast<float>(radius));
      }
    }
  }
}

}  // namespace hilum::phantom
