#include "model/cell_mask.h"

#include <algorithm>
#include <array>

namespace hilum::model {
namespace {

std::array<std::size_t, 3> strides(const GridSize& size) {
  const auto nz = static_cast<std::size_t>(size[2]);
  return {static_cast<std::size_t>(size[1]) * nz, nz, 1};
}

/// Calls `body(i)` for every cell that has a neighbour before it along `axis`, in the order of
/// growing indices, or of falling ones.
enum class Order { kGrowing, kFalling };

template <class Body>
void for_each_second(const GridSize& size, std::size_t axis, Order order, const Body& body) {
  const std::size_t stride = strides(size)[axis];
  const std::size_t line = stride * static_cast<std::size_t>(size[axis]);
  const std::size_t all = voxel_count(size);
  // Lines along `axis` lie within `line` cells; the first `stride` of these have nothing before.
  if (order == Order::kGrowing) {
    for (std::size_t start = 0; start < all; start += line) {
      for (std::size_t i = start + stride; i < start + line; ++i) body(i, i - stride);
    }
  } else {
    for (std::size_t start = 0; start < all; start += line) {
      for (std::size_t i = start + line; i-- > start + stride;) body(i, i - stride);
    }
  }
}

}  // namespace

void open_by_two(CellMask& mask, const GridSize& size) {
  if (mask.empty()) return;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    for_each_second(size, axis, Order::kFalling,
                    [&](std::size_t i, std::size_t before) { mask[i] &= mask[before]; });
  }
  for (std::size_t axis = 0; axis < 3; ++axis) {
    for_each_second(size, axis, Order::kGrowing,
                    [&](std::size_t i, std::size_t before) { mask[before] |= mask[i]; });
  }
}

void grow_by_one(CellMask& mask, const GridSize& size) {
  const CellMask before = mask;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] != 0) for_each_neighbour(size, i, [&](std::size_t n) { mask[n] = 1; });
  }
}

std::vector<std::vector<std::size_t>> pieces_of(CellMask mask, const GridSize& size,
                                                std::size_t smallest) {
  std::vector<std::vector<std::size_t>> pieces;
  for (std::size_t seed = 0; seed < mask.size(); ++seed) {
    if (mask[seed] == 0) continue;
    std::vector<std::size_t> piece{seed};
    mask[seed] = 0;
    for (std::size_t next = 0; next < piece.size(); ++next) {
      for_each_neighbour(size, piece[next], [&](std::size_t n) {
        if (mask[n] == 0) return;
        mask[n] = 0;
        piece.push_back(n);
      });
    }
    if (piece.size() >= smallest) pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace hilum::model
