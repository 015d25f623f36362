#include "model/lung_sides.h"

#include <algorithm>
#include <cmath>

#include "model/cell_mask.h"

namespace hilum::model {
namespace {

// Means of cells, in HU.
constexpr float kOutsideHu = -940;  ///< air around the body is below
constexpr float kTissueHu = -300;   ///< the body is above
constexpr float kLowestLungHu = -985;
constexpr float kHighestLungHu = -500;

constexpr double kSmallestPieceMm3 = 0.05e6;
constexpr double kMm3PerLitre = 1e6;
/// A piece with this share on one side of the plane is of that side.
constexpr double kClearMajority = 0.85;
/// What is this far from the plane is surely of its side, in mm.
constexpr double kSureMm = 25;

/// Air that hangs together with the lateral, front and back faces of the volume. Not through the
/// top and bottom: there the field of view may cut the lungs.
CellMask outside_air(std::span<const float> hu, const GridSize& size) {
  CellMask outside(hu.size(), 0);
  std::vector<std::size_t> open_ends;
  const auto enter = [&](std::size_t i) {
    if (outside[i] != 0 || hu[i] >= kOutsideHu) return;
    outside[i] = 1;
    open_ends.push_back(i);
  };
  for (int z = 0; z < size[2]; ++z) {
    for (int x = 0; x < size[0]; ++x) {
      enter(grid_index(size, x, 0, z));
      enter(grid_index(size, x, size[1] - 1, z));
    }
    for (int y = 0; y < size[1]; ++y) {
      enter(grid_index(size, 0, y, z));
      enter(grid_index(size, size[0] - 1, y, z));
    }
  }
  while (!open_ends.empty()) {
    const std::size_t at = open_ends.back();
    open_ends.pop_back();
    for_each_neighbour(size, at, enter);
  }
  return outside;
}

/// The largest piece of tissue that is two cells thick: not table, not bedding.
CellMask body_tissue(std::span<const float> hu, const GridSize& size) {
  CellMask tissue(hu.size(), 0);
  std::ranges::transform(hu, tissue.begin(),
                         [](float v) { return static_cast<std::uint8_t>(v > kTissueHu); });
  open_by_two(tissue, size);
  const auto pieces = pieces_of(std::move(tissue), size, 1);
  CellMask body(hu.size(), 0);
  const auto largest =
      std::ranges::max_element(pieces, {}, [](const auto& piece) { return piece.size(); });
  if (largest == pieces.end()) return body;
  for (const std::size_t i : *largest) body[i] = 1;
  return body;
}

/// Cells beyond which the volume ends: outside of its round field of view and on the rim, whose
/// cells are padding in part.
CellMask beyond(const std::optional<RoundField>& field, const CellGrid& cells) {
  constexpr double kRimCells = 1.5;
  CellMask mask(voxel_count(cells.size), 0);
  if (!field) return mask;
  const double rim_mm = kRimCells * std::max(cells.step_mm[0], cells.step_mm[1]);
  const auto nz = static_cast<std::size_t>(cells.size[2]);
  for (int x = 0; x < cells.size[0]; ++x) {
    for (int y = 0; y < cells.size[1]; ++y) {
      if (field->depth_mm(cells.centre_mm(x, y, 0)) > rim_mm) continue;
      std::fill_n(mask.begin() + static_cast<std::ptrdiff_t>(grid_index(cells.size, x, y, 0)), nz,
                  std::uint8_t{1});
    }
  }
  return mask;
}

/// Cells that meet the body, or the volume's end without outside air before it, in all four
/// directions of their slice.
CellMask enclosed_by(const CellMask& body, const CellMask& outside, const CellMask& end,
                     const GridSize& size) {
  CellMask enclosed(body.size(), 1);
  const auto nz = static_cast<std::size_t>(size[2]);
  // All slices at once, because z is the fastest axis: the state of each on a way through them.
  CellMask state(nz);
  const auto step = [&](std::size_t row) {
    for (std::size_t z = 0; z < nz; ++z) {
      const std::uint8_t met = state[z] | body[row + z];
      state[z] = outside[row + z] != 0 ? end[row + z] : met;
      enclosed[row + z] &= state[z];
    }
  };
  const auto walk = [&](int length, const auto& row_at) {
    std::ranges::fill(state, std::uint8_t{1});
    for (int i = 0; i < length; ++i) step(row_at(i));
    std::ranges::fill(state, std::uint8_t{1});
    for (int i = length; i-- > 0;) step(row_at(i));
  };
  for (int y = 0; y < size[1]; ++y) {
    walk(size[0], [&](int x) { return grid_index(size, x, y, 0); });
  }
  for (int x = 0; x < size[0]; ++x) {
    walk(size[1], [&](int y) { return grid_index(size, x, y, 0); });
  }
  return enclosed;
}

std::vector<std::vector<std::size_t>> lung_pieces(std::span<const float> hu, const CellGrid& cells,
                                                  const CellMask& body,
                                                  const std::optional<RoundField>& field) {
  CellMask outside = outside_air(hu, cells.size);
  const CellMask enclosed = enclosed_by(body, outside, beyond(field, cells), cells.size);
  grow_by_one(outside, cells.size);  // the skin, where air and body share a cell
  CellMask aerated(hu.size(), 0);
  for (std::size_t i = 0; i < hu.size(); ++i) {
    aerated[i] = hu[i] >= kLowestLungHu && hu[i] <= kHighestLungHu && outside[i] == 0;
  }
  open_by_two(aerated, cells.size);
  const auto smallest = static_cast<std::size_t>(std::ceil(kSmallestPieceMm3 / cells.volume_mm3()));
  auto pieces = pieces_of(std::move(aerated), cells.size, smallest);
  std::erase_if(pieces, [&](const std::vector<std::size_t>& piece) {
    const auto within =
        std::ranges::count_if(piece, [&](std::size_t i) { return enclosed[i] != 0; });
    return 2 * static_cast<std::size_t>(within) < piece.size();
  });
  return pieces;
}

/// Gives every cell of a piece its side.
class PieceDivider {
 public:
  PieceDivider(const CellGrid& cells, LungSides& lungs) : cells_(cells), lungs_(lungs) {}

  void divide(const std::vector<std::size_t>& piece) {
    std::size_t right = 0;
    for (const std::size_t i : piece) right += from_plane(i) > 0 ? 1 : 0;
    const double share = static_cast<double>(right) / static_cast<double>(piece.size());
    if (share >= kClearMajority) return fill(piece, Side::kRight);
    if (share <= 1 - kClearMajority) return fill(piece, Side::kLeft);
    grow_from_sure_parts(piece);
  }

 private:
  [[nodiscard]] double from_plane(std::size_t i) const {
    const auto ny = static_cast<std::size_t>(cells_.size[1]);
    const auto nz = static_cast<std::size_t>(cells_.size[2]);
    return lungs_.plane.distance_mm(cells_.centre_mm(
        static_cast<int>(i / nz / ny), static_cast<int>(i / nz % ny), static_cast<int>(i % nz)));
  }

  void fill(const std::vector<std::size_t>& piece, Side side) {
    for (const std::size_t i : piece) lungs_.side[i] = side;
  }

  void grow_from_sure_parts(const std::vector<std::size_t>& piece) {
    CellMask wanted(lungs_.side.size(), 0);
    for (const std::size_t i : piece) wanted[i] = 1;
    std::vector<std::size_t> reached;
    for (const std::size_t i : piece) {
      const double distance = from_plane(i);
      if (std::abs(distance) < kSureMm) continue;
      lungs_.side[i] = distance > 0 ? Side::kRight : Side::kLeft;
      wanted[i] = 0;
      reached.push_back(i);
    }
    for (std::size_t next = 0; next < reached.size(); ++next) {
      const Side side = lungs_.side[reached[next]];
      for_each_neighbour(cells_.size, reached[next], [&](std::size_t n) {
        if (wanted[n] == 0) return;
        wanted[n] = 0;
        lungs_.side[n] = side;
        reached.push_back(n);
      });
    }
    // A piece that never goes far from the plane.
    for (const std::size_t i : piece) {
      if (lungs_.side[i] != Side::kNone) continue;
      lungs_.side[i] = from_plane(i) > 0 ? Side::kRight : Side::kLeft;
    }
  }

  const CellGrid& cells_;
  LungSides& lungs_;
};

}  // namespace

LungSides find_lung_sides(std::span<const float> hu, const CellGrid& cells) {
  LungSides lungs;
  lungs.cells = cells;
  lungs.side.assign(hu.size(), Side::kNone);
  CellMask body = body_tissue(hu, cells.size);
  lungs.field = find_round_field(hu, cells);
  const auto pieces = lung_pieces(hu, cells, body, lungs.field);
  CellMask lung(hu.size(), 0);
  for (const auto& piece : pieces) {
    for (const std::size_t i : piece) lung[i] = body[i] = 1;
  }
  if (pieces.empty()) return lungs;
  lungs.plane = find_mid_plane(cells, lung, body);
  PieceDivider divider(cells, lungs);
  for (const auto& piece : pieces) divider.divide(piece);
  const double litres = cells.volume_mm3() / kMm3PerLitre;
  lungs.right_litres = static_cast<double>(std::ranges::count(lungs.side, Side::kRight)) * litres;
  lungs.left_litres = static_cast<double>(std::ranges::count(lungs.side, Side::kLeft)) * litres;
  return lungs;
}

LungSides find_lung_sides(std::span<const float> hu, const GridSize& voxels, const Vec3& spacing_mm,
                          int threads) {
  constexpr double kCellMm = 3;
  const CellGrid cells = plan_cells(voxels, spacing_mm, kCellMm);
  return find_lung_sides(cell_means(hu, voxels, cells, threads), cells);
}

}  // namespace hilum::model
