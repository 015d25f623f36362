#pragma once

#include <span>
#include <vector>

#include "model/model_grid.h"

namespace hilum::model {

/// Cells of a few voxels each, on which a whole volume can be searched quickly. Arrays over them
/// are indexed [X][Y][Z] as the model grid.
struct CellGrid {
  GridSize edge{1, 1, 1};  ///< voxels per cell; the last cell of an axis may be cut
  GridSize size{};         ///< cells
  Vec3 step_mm{};          ///< of the cells

  [[nodiscard]] double volume_mm3() const { return step_mm[0] * step_mm[1] * step_mm[2]; }
  /// Along the grid's axes, from the first voxel's outer corner.
  [[nodiscard]] Vec3 centre_mm(int x, int y, int z) const {
    return {(x + 0.5) * step_mm[0], (y + 0.5) * step_mm[1], (z + 0.5) * step_mm[2]};
  }
};

/// Cells as close to `cell_mm` as whole voxels allow, one voxel at least.
CellGrid plan_cells(const GridSize& voxels, const Vec3& spacing_mm, double cell_mm);

/// Mean of every cell of [X][Y][Z] `values` of `voxels`.
std::vector<float> cell_means(std::span<const float> values, const GridSize& voxels,
                              const CellGrid& cells, int threads);

}  // namespace hilum::model
