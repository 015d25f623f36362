#include "model/cells.h"

#include <algorithm>
#include <cmath>

#include "model/parallel.h"

namespace hilum::model {

CellGrid plan_cells(const GridSize& voxels, const Vec3& spacing_mm, double cell_mm) {
  CellGrid cells;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    cells.edge[axis] = std::max(1, static_cast<int>(std::lround(cell_mm / spacing_mm[axis])));
    cells.size[axis] = (voxels[axis] + cells.edge[axis] - 1) / cells.edge[axis];
    cells.step_mm[axis] = cells.edge[axis] * spacing_mm[axis];
  }
  return cells;
}

std::vector<float> cell_means(std::span<const float> values, const GridSize& voxels,
                              const CellGrid& cells, int threads) {
  std::vector<float> means(voxel_count(cells.size), 0);
  parallel_for(cells.size[0], threads, [&](int cx) {
    const int end = std::min(voxels[0], (cx + 1) * cells.edge[0]);
    std::vector<int> count(static_cast<std::size_t>(cells.size[1]) *
                           static_cast<std::size_t>(cells.size[2]));
    float* sums = means.data() + grid_index(cells.size, cx, 0, 0);
    for (int x = cx * cells.edge[0]; x < end; ++x) {
      for (int y = 0; y < voxels[1]; ++y) {
        const float* row = values.data() + grid_index(voxels, x, y, 0);
        const auto line =
            static_cast<std::size_t>(y / cells.edge[1]) * static_cast<std::size_t>(cells.size[2]);
        int left = cells.edge[2];
        std::size_t cell = line;
        for (int z = 0; z < voxels[2]; ++z) {
          sums[cell] += row[z];
          ++count[cell];
          if (--left == 0) {
            ++cell;
            left = cells.edge[2];
          }
        }
      }
    }
    for (std::size_t i = 0; i < count.size(); ++i) sums[i] /= static_cast<float>(count[i]);
  });
  return means;
}

}  // namespace hilum::model
