#include "model/region_windows.h"

#include <cmath>

#include "model/parallel.h"

namespace hilum::model {

std::vector<GridSize> region_voxels(const ModelImage& image) {
  const LungRegion& region = image.lungs;
  const Box& crop = image.crop;
  std::vector<GridSize> voxels;
  const auto centre = [&](std::size_t axis, int block) {
    const int voxel = block * LungRegion::kBlock + LungRegion::kBlock / 2;
    return voxel - crop.start[axis];
  };
  const GridSize size = crop.size();
  for (int x = 0; x < region.blocks[0]; ++x) {
    for (int y = 0; y < region.blocks[1]; ++y) {
      for (int z = 0; z < region.blocks[2]; ++z) {
        if (region.inside[grid_index(region.blocks, x, y, z)] == 0) continue;
        const GridSize voxel{centre(0, x), centre(1, y), centre(2, z)};
        bool in_crop = true;
        for (std::size_t axis = 0; axis < 3; ++axis) {
          in_crop = in_crop && voxel[axis] >= 0 && voxel[axis] < size[axis];
        }
        if (in_crop) voxels.push_back(voxel);
      }
    }
  }
  return voxels;
}

void to_probabilities(std::vector<float>& values, int classes, const ModelImage& image,
                      int threads) {
  const GridSize size = image.crop.size();
  const std::size_t voxels = voxel_count(size);
  parallel_for(size[0], threads, [&](int x) {
    for (int channel = 0; channel < classes; ++channel) {
      float* plane = values.data() + static_cast<std::size_t>(channel) * voxels;
      for (int y = 0; y < size[1]; ++y) {
        for (int z = 0; z < size[2]; ++z) {
          float& value = plane[grid_index(size, x, y, z)];
          const bool inside = image.lungs.contains(x + image.crop.start[0], y + image.crop.start[1],
                                                   z + image.crop.start[2]);
          value = inside ? 1 / (1 + std::exp(-value)) : 0;
        }
      }
    }
  });
}

}  // namespace hilum::model
