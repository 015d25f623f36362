#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/voxel_mask.h"
#include "pipeline/domain/volume.h"

namespace hilum::model::examine {

/// A voxel index (z, y, x).
using Voxel = std::array<int, 3>;

/// The steps in mm from a voxel to the next along z, y, x: any three directions that span space, so
/// that oblique and sheared grids are measured as they are.
using VoxelSteps = std::array<Vec3, 3>;

/// The voxels of a mask as a list, because vessels are a hundredth of the box around them: 8 bytes
/// for each and 4 for each row of the box. They are numbered in the order of the grid.
class VoxelSet {
 public:
  VoxelSet(const Mask& mask, const VoxelSteps& steps);

  [[nodiscard]] std::size_t size() const { return x_.size(); }
  [[nodiscard]] Voxel at(std::size_t i) const {
    const int row = row_[i];
    return {row / rows_, row % rows_, x_[i]};
  }
  /// Of the voxel's centre, from that of voxel (0, 0, 0) of the grid, in the axes of the steps.
  [[nodiscard]] Vec3 position_mm(std::size_t i) const;
  [[nodiscard]] const VoxelSteps& steps() const { return steps_; }

  /// Calls `visit(number)` for every voxel of the set with lo <= (z, y, x) <= hi.
  template <class Visit>
  void for_each_in(const Voxel& lo, const Voxel& hi, const Visit& visit) const {
    for (int z = std::max(0, lo[0]); z <= std::min(slices_ - 1, hi[0]); ++z) {
      for (int y = std::max(0, lo[1]); y <= std::min(rows_ - 1, hi[1]); ++y) {
        const auto row = static_cast<std::size_t>(z) * static_cast<std::size_t>(rows_) +
                         static_cast<std::size_t>(y);
        const auto begin = x_.begin() + row_start_[row];
        const auto end = x_.begin() + row_start_[row + 1];
        for (auto x = std::lower_bound(begin, end, lo[2]); x != end && *x <= hi[2]; ++x) {
          visit(static_cast<std::size_t>(x - x_.begin()));
        }
      }
    }
  }
  /// Calls `visit(number)` for each of up to 26 neighbours of voxel `i`.
  template <class Visit>
  void for_each_neighbour(std::size_t i, const Visit& visit) const {
    const auto [z, y, x] = at(i);
    for_each_in({z - 1, y - 1, x - 1}, {z + 1, y + 1, x + 1}, [&](std::size_t n) {
      if (n != i) visit(n);
    });
  }

 private:
  int slices_;
  int rows_;
  VoxelSteps steps_;
  std::vector<std::int32_t> row_start_;  ///< per row of the grid, and the end
  std::vector<std::int32_t> row_;
  std::vector<std::int32_t> x_;
};

}  // namespace hilum::model::examine
