#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hilum::model {

/// A grid of voxels indexed [z][y][x], x fastest, with orthogonal axes.
struct Grid {
  std::array<int, 3> size{};               ///< (nz, ny, nx)
  std::array<double, 3> step_mm{1, 1, 1};  ///< between voxel centres along z, y, x

  [[nodiscard]] std::size_t voxel_count() const {
    return static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]) *
           static_cast<std::size_t>(size[2]);
  }
  [[nodiscard]] std::size_t index(int z, int y, int x) const {
    return (static_cast<std::size_t>(z) * static_cast<std::size_t>(size[1]) +
            static_cast<std::size_t>(y)) *
               static_cast<std::size_t>(size[2]) +
           static_cast<std::size_t>(x);
  }
};

/// A set of voxels: 1 inside, 0 outside. What lies beyond the grid is outside.
struct Mask {
  Grid grid;
  std::vector<std::uint8_t> voxel;
};

}  // namespace hilum::model
