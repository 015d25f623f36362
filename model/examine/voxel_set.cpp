#include "model/examine/voxel_set.h"

namespace hilum::model::examine {

VoxelSet::VoxelSet(const Mask& mask, const VoxelSteps& steps)
    : slices_(mask.grid.size[0]), rows_(mask.grid.size[1]), steps_(steps) {
  const int rows = slices_ * rows_;
  const auto length = static_cast<std::size_t>(mask.grid.size[2]);
  row_start_.reserve(static_cast<std::size_t>(rows) + 1);
  for (int row = 0; row < rows; ++row) {
    row_start_.push_back(static_cast<std::int32_t>(x_.size()));
    const std::uint8_t* voxel = mask.voxel.data() + static_cast<std::size_t>(row) * length;
    for (const std::uint8_t* v = std::find(voxel, voxel + length, 1); v != voxel + length;
         v = std::find(v + 1, voxel + length, 1)) {
      row_.push_back(row);
      x_.push_back(static_cast<std::int32_t>(v - voxel));
    }
  }
  row_start_.push_back(static_cast<std::int32_t>(x_.size()));
}

Vec3 VoxelSet::position_mm(std::size_t i) const {
  const Voxel voxel = at(i);
  Vec3 position{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    for (std::size_t k = 0; k < 3; ++k) position[k] += voxel[axis] * steps_[axis][k];
  }
  return position;
}

}  // namespace hilum::model::examine
