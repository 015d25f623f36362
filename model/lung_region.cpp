#include "model/lung_region.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "model/parallel.h"

namespace hilum::model {
namespace {

using Mask = std::vector<std::uint8_t>;

constexpr float kLowestLungHu = -950;  ///< below: air outside the body, foam
constexpr float kHighestLungHu = -500;
constexpr double kSmallestPieceLitres = 0.1;
constexpr double kSmallestLungLitres = 0.3;
constexpr double kMarginMm = 12;
constexpr double kMm3PerLitre = 1e6;

/// Neighbours along one axis, as steps from a block.
struct Reach {
  int back = 0;
  int forward = 0;
};

/// Replaces every value by what `choose` makes of it and its neighbours along `axis`. What lies
/// outside the image does not count.
template <class Choose>
void sweep(Mask& mask, const GridSize& size, std::size_t axis, const Reach& reach,
           const Choose& choose) {
  const Mask before = mask;
  GridSize at{};
  for (at[0] = 0; at[0] < size[0]; ++at[0]) {
    for (at[1] = 0; at[1] < size[1]; ++at[1]) {
      for (at[2] = 0; at[2] < size[2]; ++at[2]) {
        std::uint8_t& value = mask[grid_index(size, at[0], at[1], at[2])];
        GridSize neighbour = at;
        const int last = std::min(size[axis] - 1, at[axis] + reach.forward);
        for (neighbour[axis] = std::max(0, at[axis] - reach.back); neighbour[axis] <= last;
             ++neighbour[axis]) {
          value = choose(value, before[grid_index(size, neighbour[0], neighbour[1], neighbour[2])]);
        }
      }
    }
  }
}

std::uint8_t least(std::uint8_t a, std::uint8_t b) { return std::min(a, b); }
std::uint8_t greatest(std::uint8_t a, std::uint8_t b) { return std::max(a, b); }

/// Removes what is less than two blocks thick: the skin, where air and body share a block.
void open(Mask& mask, const GridSize& size) {
  for (std::size_t axis = 0; axis < 3; ++axis) sweep(mask, size, axis, {.back = 1}, least);
  for (std::size_t axis = 0; axis < 3; ++axis) sweep(mask, size, axis, {.forward = 1}, greatest);
}

/// Collects the piece of connected blocks (by faces) around `seed` and sets them to 0 in `mask`.
std::vector<std::size_t> take_piece(Mask& mask, const GridSize& size, const GridSize& seed) {
  std::vector<std::size_t> piece;
  std::vector<GridSize> open_ends{seed};
  mask[grid_index(size, seed[0], seed[1], seed[2])] = 0;
  while (!open_ends.empty()) {
    const GridSize at = open_ends.back();
    open_ends.pop_back();
    piece.push_back(grid_index(size, at[0], at[1], at[2]));
    for (std::size_t axis = 0; axis < 3; ++axis) {
      for (const int step : {-1, 1}) {
        GridSize next = at;
        next[axis] += step;
        if (next[axis] < 0 || next[axis] >= size[axis]) continue;
        std::uint8_t& value = mask[grid_index(size, next[0], next[1], next[2])];
        if (value == 0) continue;
        value = 0;
        open_ends.push_back(next);
      }
    }
  }
  return piece;
}

Mask large_pieces(Mask mask, const GridSize& size, std::size_t smallest) {
  Mask kept(mask.size(), 0);
  for (int x = 0; x < size[0]; ++x) {
    for (int y = 0; y < size[1]; ++y) {
      for (int z = 0; z < size[2]; ++z) {
        if (mask[grid_index(size, x, y, z)] == 0) continue;
        const auto piece = take_piece(mask, size, {x, y, z});
        if (piece.size() < smallest) continue;
        for (const std::size_t block : piece) kept[block] = 1;
      }
    }
  }
  return kept;
}

/// Fills every line along X between its first and last block.
void fill_between(Mask& mask, const GridSize& size) {
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
  const GridSize blocks = block_count(size);
  std::vector<float> means(voxel_count(blocks), 0);
  parallel_for(blocks[0], threads, [&](int bx) {
    const int end = std::min(size[0], (bx + 1) * kBlock);
    std::vector<int> voxels(static_cast<std::size_t>(blocks[1]) *
                            static_cast<std::size_t>(blocks[2]));
    float* sums = means.data() + grid_index(blocks, bx, 0, 0);
    for (int x = bx * kBlock; x < end; ++x) {
      for (int y = 0; y < size[1]; ++y) {
        const float* row = hu.data() + grid_index(size, x, y, 0);
        const auto line =
            static_cast<std::size_t>(y / kBlock) * static_cast<std::size_t>(blocks[2]);
        for (int z = 0; z < size[2]; ++z) {
          const std::size_t block = line + static_cast<std::size_t>(z / kBlock);
          sums[block] += row[z];
          ++voxels[block];
        }
      }
    }
    for (std::size_t i = 0; i < voxels.size(); ++i) sums[i] /= static_cast<float>(voxels[i]);
  });
  return means;
}

LungRegion find_lung_region(std::span<const float> block_hu, const GridSize& blocks,
                            const Vec3& spacing_mm) {
  constexpr int kBlock = LungRegion::kBlock;
  const double block_litres =
      spacing_mm[0] * spacing_mm[1] * spacing_mm[2] * kBlock * kBlock * kBlock / kMm3PerLitre;
  Mask mask(block_hu.size(), 0);
  std::ranges::transform(block_hu, mask.begin(), [](float hu) {
    return static_cast<std::uint8_t>(hu >= kLowestLungHu && hu <= kHighestLungHu);
  });
  open(mask, blocks);
  mask = large_pieces(std::move(mask), blocks,
                      static_cast<std::size_t>(std::ceil(kSmallestPieceLitres / block_litres)));

  LungRegion region{.blocks = blocks, .inside = {}};
  region.lung_litres = static_cast<double>(std::ranges::count(mask, 1)) * block_litres;
  if (region.lung_litres < kSmallestLungLitres) return region;
  fill_between(mask, blocks);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const int margin = static_cast<int>(std::ceil(kMarginMm / (spacing_mm[axis] * kBlock)));
    sweep(mask, blocks, axis, {.back = margin, .forward = margin}, greatest);
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
