#include "model/lung_region.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "model/cell_mask.h"
#include "model/cells.h"

namespace hilum::model {
namespace {

constexpr float kLowestLungHu = -950;  ///< below: air outside the body, foam
constexpr float kHighestLungHu = -500;
constexpr double kSmallestPieceLitres = 0.1;
constexpr double kSmallestLungLitres = 0.3;
constexpr double kMarginMm = 12;
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

}  // namespace

GridSize block_count(const GridSize& size) {
  GridSize blocks{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    blocks[axis] = (size[axis] + LungRegion::kBlock - 1) / LungRegion::kBlock;
  }
  return blocks;
}

std::vector<float> block_means(std::span<const float> hu, const GridSize& size, int threads) {
  constexpr int kBlock = LungRegion::kBlock;
  return cell_means(hu, size, {.edge = {kBlock, kBlock, kBlock}, .size = block_count(size)},
                    threads);
}

LungRegion find_lung_region(std::span<const float> block_hu, const GridSize& blocks,
                            const Vec3& spacing_mm) {
  constexpr int kBlock = LungRegion::kBlock;
  const double block_litres =
      spacing_mm[0] * spacing_mm[1] * spacing_mm[2] * kBlock * kBlock * kBlock / kMm3PerLitre;
  CellMask mask(block_hu.size(), 0);
  std::ranges::transform(block_hu, mask.begin(), [](float hu) {
    return static_cast<std::uint8_t>(hu >= kLowestLungHu && hu <= kHighestLungHu);
  });
  open_by_two(mask, blocks);
  const auto pieces = pieces_of(
      mask, blocks, static_cast<std::size_t>(std::ceil(kSmallestPieceLitres / block_litres)));
  std::ranges::fill(mask, std::uint8_t{0});
  for (const auto& piece : pieces) {
    for (const std::size_t block : piece) mask[block] = 1;
  }

  LungRegion region{.blocks = blocks, .inside = {}};
  region.lung_litres = static_cast<double>(std::ranges::count(mask, 1)) * block_litres;
  if (region.lung_litres < kSmallestLungLitres) return region;
  fill_between(mask, blocks);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const int margin = static_cast<int>(std::ceil(kMarginMm / (spacing_mm[axis] * kBlock)));
    spread(mask, blocks, axis, margin);
  }
  region.region_litres = static_cast<double>(std::ranges::count(mask, 1)) * block_litres;
  region.inside = std::move(mask);
  return region;
}

std::string LungRegion::describe() const {
  if (!found()) {
    return fmt::format("{:.2f} l of lung found, less than {} l: the whole volume is searched",
                       lung_litres, kSmallestLungLitres);
  }
  return fmt::format("{:.2f} l of lung found, {:.2f} l searched", lung_litres, region_litres);
}

}  // namespace hilum::model
