#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/model_grid.h"

namespace hilum::model {

/// A set of cells or blocks, [X][Y][Z]: 1 inside, 0 outside.
using CellMask = std::vector<std::uint8_t>;

/// Removes what is less than two cells thick along any axis (opening with a cube of two).
void open_by_two(CellMask& mask, const GridSize& size);

/// Adds the six neighbours of every cell.
void grow_by_one(CellMask& mask, const GridSize& size);

/// Calls `visit(neighbour)` with the index of each of up to six neighbours by faces of cell `at`.
template <class Visit>
void for_each_neighbour(const GridSize& size, std::size_t at, const Visit& visit) {
  const auto ny = static_cast<std::size_t>(size[1]);
  const auto nz = static_cast<std::size_t>(size[2]);
  const std::size_t z = at % nz;
  const std::size_t y = at / nz % ny;
  const std::size_t x = at / nz / ny;
  if (z > 0) visit(at - 1);
  if (z + 1 < nz) visit(at + 1);
  if (y > 0) visit(at - nz);
  if (y + 1 < ny) visit(at + nz);
  if (x > 0) visit(at - ny * nz);
  if (x + 1 < static_cast<std::size_t>(size[0])) visit(at + ny * nz);
}

/// The pieces of `mask` that are connected by faces and have at least `smallest` cells, each as
/// the indices of its cells.
std::vector<std::vector<std::size_t>> pieces_of(CellMask mask, const GridSize& size,
                                                std::size_t smallest);

}  // namespace hilum::model
