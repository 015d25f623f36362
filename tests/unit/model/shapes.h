#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <random>

#include "model/voxel_mask.h"
#include "pipeline/domain/volume.h"

/// Masks and label maps of known shape.
namespace hilum::test {

using model::Grid;
using model::Mask;

/// Voxels for whose centre (z, y, x), in mm from voxel (0, 0, 0), `inside` holds.
inline Mask mask_where(const Grid& grid,
                       const std::function<bool(double z, double y, double x)>& inside) {
  Mask mask{.grid = grid, .voxel = std::vector<std::uint8_t>(grid.voxel_count(), 0)};
  for (int z = 0; z < grid.size[0]; ++z) {
    for (int y = 0; y < grid.size[1]; ++y) {
      for (int x = 0; x < grid.size[2]; ++x) {
        const bool in = inside(z * grid.step_mm[0], y * grid.step_mm[1], x * grid.step_mm[2]);
        mask.voxel[grid.index(z, y, x)] = in ? 1 : 0;
      }
    }
  }
  return mask;
}

inline Mask random_mask(const Grid& grid, double density, unsigned seed) {
  std::mt19937 random(seed);
  std::bernoulli_distribution in(density);
  return mask_where(grid, [&](double, double, double) { return in(random); });
}

inline std::size_t voxels_of(const Mask& mask) {
  std::size_t count = 0;
  for (const auto v : mask.voxel) count += v;
  return count;
}

/// An all-background map with steps (z, y, x) in mm.
inline LabelMap empty_labels(std::array<int, 3> size, std::array<double, 3> step_mm = {1, 1, 1}) {
  LabelMap map;
  map.geometry.size = size;
  map.geometry.voxel_to_lps[0] = step_mm[2];
  map.geometry.voxel_to_lps[5] = step_mm[1];
  map.geometry.voxel_to_lps[10] = step_mm[0];
  map.label.assign(map.geometry.voxel_count(), 0);
  return map;
}

/// Sets the voxels lo <= (z, y, x) < hi.
inline void fill(LabelMap& map, std::array<int, 3> lo, std::array<int, 3> hi, int label) {
  for (int z = lo[0]; z < hi[0]; ++z) {
    for (int y = lo[1]; y < hi[1]; ++y) {
      for (int x = lo[2]; x < hi[2]; ++x) {
        map.label[map.geometry.index(z, y, x)] = static_cast<std::uint8_t>(label);
      }
    }
  }
}

}  // namespace hilum::test
