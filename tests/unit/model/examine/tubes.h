#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "model/examine/label_pass.h"
#include "pipeline/domain/volume.h"

/// Label maps with straight tubes of known size.
namespace hilum::test {

/// An axis-parallel grid with steps in mm along z, y, x whose first voxel lies at `origin` (LPS).
inline Geometry geometry_of(std::array<int, 3> size, std::array<double, 3> step_mm,
                            Vec3 origin = {}) {
  Geometry geometry;
  geometry.size = size;
  geometry.voxel_to_lps = {step_mm[2], 0, 0,          origin[0], 0, step_mm[1], 0, origin[1],
                           0,          0, step_mm[0], origin[2], 0, 0,          0, 1};
  return geometry;
}

inline LabelMap empty_map(const Geometry& geometry) {
  return {.geometry = geometry, .label = std::vector<std::uint8_t>(geometry.voxel_count(), 0)};
}

/// From `a` to `b` in mm (LPS), with flat ends.
struct Tube {
  Vec3 a{};
  Vec3 b{};
  double radius_mm = 1;

  [[nodiscard]] double length_mm() const {
    return std::hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]);
  }
  [[nodiscard]] double area_mm2() const { return std::numbers::pi * radius_mm * radius_mm; }
  [[nodiscard]] double millilitres() const { return area_mm2() * length_mm() / 1000; }
  [[nodiscard]] bool holds(const Vec3& p) const {
    const double length = length_mm();
    double along = 0;
    double square = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      along += (p[k] - a[k]) * (b[k] - a[k]) / length;
      square += (p[k] - a[k]) * (p[k] - a[k]);
    }
    return along >= 0 && along <= length && square - along * along <= radius_mm * radius_mm;
  }
};

inline void draw(const Tube& tube, int label, LabelMap& map) {
  const auto& size = map.geometry.size;
  for (int z = 0; z < size[0]; ++z) {
    for (int y = 0; y < size[1]; ++y) {
      for (int x = 0; x < size[2]; ++x) {
        const Vec3 p = map.geometry.to_lps(
            {static_cast<double>(x), static_cast<double>(y), static_cast<double>(z)});
        if (tube.holds(p)) {
          map.label[map.geometry.index(z, y, x)] = static_cast<std::uint8_t>(label);
        }
      }
    }
  }
}

inline Volume volume_of(const Geometry& geometry, int hu) {
  return {.geometry = geometry,
          .hu = std::vector<std::int16_t>(geometry.voxel_count(), static_cast<std::int16_t>(hu))};
}

}  // namespace hilum::test
