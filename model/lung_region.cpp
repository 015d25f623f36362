#include "model/lung_region.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "model/cell_mask.h"

namespace hilum::model {
namespace {

constexpr double kMarginMm = 12;
constexpr double kLeastShareOfOther = 0.25;
constexpr double kMm3PerLitre = 1e6;

/// Adds every block up to `margin` blocks away along `axis`.
void spread(CellMask& mask, const GridSize& size, std::size_t axis, int margin) {
  const CellMask before = mask;
  GridSize at{};
  for (at[0] = 0; at[0] < size[0]; ++at[0]) {
    for (at[1] = 0; at[1] < size[1]; ++at[1]) {
      for (at[2] = 0; at[2] < size[2]; ++at[2]) {
        if (before[grid_index(size, at[0], at[1], at[2])] == 0) continue;
        GridSize to = at;
        const int last = std::min(size[axis] - 1, at[axis] + margin);
        for (to[axis] = std::max(0, at[axis] - margin); to[axis] <= last; ++to[axis]) {
          mask[grid_index(size, to[0], to[1], to[2])] = 1;
        }
      }
    }
  }
}

/// Fills every line along X between its first and last block.
void fill_between(CellMask& mask, const GridSize& size) {
  for (int y = 0; y < size[1]; ++y) {
    for (int z = 0; z < size[2]; ++z) {
      int first = 0;
      int last = size[0] - 1;
      while (first < size[0] && mask[grid_index(size, first, y, z)] == 0) ++first;
      while (last > first && mask[grid_index(size, last, y, z)] == 0) --last;
      for (int x = first; x < last; ++x) mask[grid_index(size, x, y, z)] = 1;
    }
  }
}

/// The number of blocks that cover `size` voxels.
GridSize block_count(const GridSize& size) {
  GridSize blocks{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    blocks[axis] = (size[axis] + LungRegion::kBlock - 1) / LungRegion::kBlock;
  }
  return blocks;
}

/// Every block that holds a part of a cell with lung.
CellMask blocks_with_lung(const LungSides& lungs, const GridSize& blocks) {
  CellMask mask(voxel_count(blocks), 0);
  const CellGrid& cells = lungs.cells;
  const auto first = [&](std::size_t axis, int cell) {
    return cell * cells.edge[axis] / LungRegion::kBlock;
  };
  const auto last = [&](std::size_t axis, int cell) {
    return std::min(blocks[axis] - 1, ((cell + 1) * cells.edge[axis] - 1) / LungRegion::kBlock);
  };
  for (int x = 0; x < cells.size[0]; ++x) {
    for (int y = 0; y < cells.size[1]; ++y) {
      for (int z = 0; z < cells.size[2]; ++z) {
        if (lungs.side[grid_index(cells.size, x, y, z)] == Side::kNone) continue;
        for (int bx = first(0, x); bx <= last(0, x); ++bx) {
          for (int by = first(1, y); by <= last(1, y); ++by) {
            for (int bz = first(2, z); bz <= last(2, z); ++bz) {
              mask[grid_index(blocks, bx, by, bz)] = 1;
            }
          }
        }
      }
    }
  }
  return mask;
}

}  // namespace

LungRegion find_lung_region(const LungSides& lungs, const GridSize& voxels,
                            const Vec3& spacing_mm) {
  constexpr int kBlock = LungRegion::kBlock;
  LungRegion region{.blocks = block_count(voxels), .inside = {}};
  region.lung_litres = lungs.litres();
  region.smaller_lung_litres = std::min(lungs.right_litres, lungs.left_litres);
  const double larger = std::max(lungs.right_litres, lungs.left_litres);
  if (region.lung_litres < kSmallestLungLitres) return region;
  if (region.smaller_lung_litres < kLeastShareOfOther * larger) return region;
  CellMask mask = blocks_with_lung(lungs, region.blocks);
  fill_between(mask, region.blocks);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const int margin = static_cast<int>(std::ceil(kMarginMm / (spacing_mm[axis] * kBlock)));
    spread(mask, region.blocks, axis, margin);
  }
  const double block_litres =
      spacing_mm[0] * spacing_mm[1] * spacing_mm[2] * kBlock * kBlock * kBlock / kMm3PerLitre;
  region.region_litres = static_cast<double>(std::ranges::count(mask, 1)) * block_litres;
  region.inside = std::move(mask);
  return region;
}

std::string LungRegion::describe() const {
  if (!found() && lung_litres >= kSmallestLungLitres) {
    return fmt::format(
        "{:.2f} l of lung found, {:.2f} l of it on one side: the whole volume is "
        "searched",
        lung_litres, smaller_lung_litres);
  }
  if (!found()) {
    return fmt::format("{:.2f} l of lung found, less than {} l: the whole volume is searched",
                       lung_litres, kSmallestLungLitres);
  }
  return fmt::format("{:.2f} l of lung found, {:.2f} l searched", lung_litres, region_litres);
}

}  // namespace hilum::model
