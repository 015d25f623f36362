#include "model/examine/lungs.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <utility>

#include "model/cell_mask.h"
#include "model/parallel.h"
#include "model/preprocess.h"

namespace hilum::model::examine {
namespace {

constexpr std::size_t kLabels = 256;
constexpr Vec3 kSpacingMm{1.5, 1.5, 1.5};
constexpr double kMm3PerLitre = 1e6;
constexpr double kMm2PerCm2 = 100;

/// A cell with vessels belongs to the lung when lung is this near on both sides of it...
constexpr int kReachCells = 4;
/// ...along this many of the three axes: vessels at the hilum have lung on one side only.
constexpr int kAxes = 2;

/// Whether cell `at` lies in a gap of `side`'s lung along `axis`.
bool enclosed(const LungSides& lungs, Side side, const GridSize& at, std::size_t axis) {
  const auto reached = [&](int direction) {
    GridSize to = at;
    for (int i = 0; i < kReachCells; ++i) {
      to[axis] += direction;
      if (to[axis] < 0 || to[axis] >= lungs.cells.size[axis]) return false;
      if (lungs.side[grid_index(lungs.cells.size, to[0], to[1], to[2])] == side) return true;
    }
    return false;
  };
  return reached(-1) && reached(1);
}

/// Calls `visit(at)` for every cell with from <= at < to.
template <class Visit>
void for_each_cell(const GridSize& from, const GridSize& to, const Visit& visit) {
  GridSize at{};
  for (at[0] = from[0]; at[0] < to[0]; ++at[0]) {
    for (at[1] = from[1]; at[1] < to[1]; ++at[1]) {
      for (at[2] = from[2]; at[2] < to[2]; ++at[2]) visit(at);
    }
  }
}

/// Litres of one side's lung, and of cells in `with_vessels` that it encloses.
double litres_of(const LungSides& lungs, Side side, const CellMask& with_vessels) {
  std::size_t cells = 0;
  for_each_cell({}, lungs.cells.size, [&](const GridSize& at) {
    const std::size_t i = grid_index(lungs.cells.size, at[0], at[1], at[2]);
    if (lungs.side[i] == side) ++cells;
    if (lungs.side[i] != Side::kNone || with_vessels[i] == 0) return;
    int axes = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) axes += enclosed(lungs, side, at, axis);
    if (axes >= kAxes) ++cells;
  });
  return static_cast<double>(cells) * lungs.cells.volume_mm3() / kMm3PerLitre;
}

/// Lung that hangs together with as much as makes a chest. Bowel has cells as dense as lung, but
/// seldom so many.
CellMask large_pieces(const LungSides& lungs) {
  CellMask lung(lungs.side.size(), 0);
  std::ranges::transform(lungs.side, lung.begin(),
                         [](Side side) { return std::uint8_t{side != Side::kNone}; });
  const auto smallest =
      static_cast<std::size_t>(kSmallestLungLitres * kMm3PerLitre / lungs.cells.volume_mm3());
  CellMask large(lung.size(), 0);
  for (const auto& piece : pieces_of(std::move(lung), lungs.cells.size, smallest)) {
    for (const std::size_t i : piece) large[i] = 1;
  }
  return large;
}

/// The finder of the lungs leaves out about a cell at the rim: padding makes it thinner.
LungAtEnd at_circle(const LungSides& lungs, const CellMask& lung) {
  const CellGrid& cells = lungs.cells;
  const double cell_mm = std::max(cells.step_mm[0], cells.step_mm[1]);
  const double cm2 = cells.volume_mm3() / cell_mm / kMm2PerCm2;
  LungAtEnd circle{.end = End::kCircle};
  for_each_cell({}, cells.size, [&](const GridSize& at) {
    const std::size_t i = grid_index(cells.size, at[0], at[1], at[2]);
    const double depth = lungs.field->depth_mm(cells.centre_mm(at[0], at[1], at[2]));
    if (lung[i] == 0 || depth < cell_mm || depth >= 2 * cell_mm) return;
    (lungs.side[i] == Side::kLeft ? circle.left_cm2 : circle.right_cm2) += cm2;
  });
  return circle;
}

std::optional<double> millilitres(const LungSides& lungs, Side side, const CellMask& vessels) {
  // What is called the lung of a side without one is a few cells of the other.
  constexpr double kSmallestLitres = 0.05;
  const double aerated = side == Side::kLeft ? lungs.left_litres : lungs.right_litres;
  if (lungs.litres() < kSmallestLungLitres || aerated < kSmallestLitres) return std::nullopt;
  return 1000 * litres_of(lungs, side, vessels);
}

/// Calls `visit(label, at)` for every labelled voxel of slice `z`, with the voxel of the model grid
/// that is nearest to it.
template <class Visit>
void for_each_vessel(const LabelMap& labels, int z, const ModelGrid& grid, const Visit& visit) {
  const Affine to_model = inverse(grid.to_source);
  const Vec3 step = column(to_model, 0);
  const int nx = labels.geometry.size[2];
  const auto is_vessel = [](std::uint8_t label) { return label != 0; };
  for (int y = 0; y < labels.geometry.size[1]; ++y) {
    const std::uint8_t* row = labels.label.data() + labels.geometry.index(z, y, 0);
    const Vec3 first = transform(to_model, {0, static_cast<double>(y), static_cast<double>(z)});
    for (const std::uint8_t* label = std::find_if(row, row + nx, is_vessel); label != row + nx;
         label = std::find_if(label + 1, row + nx, is_vessel)) {
      const auto x = static_cast<double>(label - row);
      GridSize at{};
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const double nearest = std::floor(first[axis] + x * step[axis] + 0.5);
        at[axis] = std::clamp(static_cast<int>(nearest), 0, grid.size[axis] - 1);
      }
      visit(*label, at);
    }
  }
}

}  // namespace

void SegmentPlace::add(const SegmentPlace& other) {
  clearly_left += other.clearly_left;
  clearly_right += other.clearly_right;
  outside += other.outside;
}

Result<Lungs> Lungs::find(const Volume& volume, int threads) {
  auto grid = plan_model_grid(volume.geometry, kSpacingMm);
  if (!grid) return std::move(grid).error();
  Lungs found;
  found.grid_ = *grid;
  found.lungs_ =
      find_lung_sides(resample_hu(volume, *grid, threads), grid->size, kSpacingMm, threads);
  found.region_ = find_lung_region(found.lungs_, grid->size, kSpacingMm);
  found.sides_ = AnatomicalSides::from(found.lungs_, kSpacingMm, threads);
  return found;
}

ResultInLungs Lungs::look_up(const LabelMap& labels, int threads) const {
  ResultInLungs result{.places = std::vector<SegmentPlace>(kLabels)};
  if (!found()) return result;
  const CellGrid& cells = lungs_.cells;
  CellMask vessels(lungs_.side.size(), 0);
  std::mutex lock;
  parallel_for(labels.geometry.size[0], threads, [&](int z) {
    std::vector<SegmentPlace> places(kLabels);
    std::vector<std::size_t> touched;
    for_each_vessel(labels, z, grid_, [&](std::uint8_t label, const GridSize& at) {
      const float toward_right = sides_.toward_right_mm(at[0], at[1], at[2]);
      SegmentPlace& place = places[label];
      if (toward_right < -AnatomicalSides::kCrossingMm) ++place.clearly_left;
      if (toward_right > AnatomicalSides::kCrossingMm) ++place.clearly_right;
      if (!region_.contains(at[0], at[1], at[2])) ++place.outside;
      touched.push_back(grid_index(cells.size, at[0] / cells.edge[0], at[1] / cells.edge[1],
                                   at[2] / cells.edge[2]));
    });
    const std::lock_guard hold(lock);
    for (std::size_t k = 0; k < kLabels; ++k) result.places[k].add(places[k]);
    for (const std::size_t i : touched) vessels[i] = 1;
  });
  result.left_ml = millilitres(lungs_, Side::kLeft, vessels);
  result.right_ml = millilitres(lungs_, Side::kRight, vessels);
  return result;
}

std::vector<LungAtEnd> Lungs::at_ends() const {
  // Axes grow to the patient's right, to the front and to the head.
  constexpr std::array<std::array<End, 2>, 3> kEnds{
      {{End::kLeft, End::kRight}, {End::kBack, End::kFront}, {End::kFeet, End::kHead}}};
  const CellGrid& cells = lungs_.cells;
  const CellMask lung = large_pieces(lungs_);
  std::vector<LungAtEnd> ends(6);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double cm2 = cells.volume_mm3() / cells.step_mm[axis] / kMm2PerCm2;
    for (const std::size_t upper : {0U, 1U}) {
      GridSize from{};
      GridSize to = cells.size;
      if (upper == 0) to[axis] = 1;
      if (upper == 1) from[axis] = cells.size[axis] - 1;
      LungAtEnd one{.end = kEnds[axis][upper]};
      for_each_cell(from, to, [&](const GridSize& at) {
        const std::size_t i = grid_index(cells.size, at[0], at[1], at[2]);
        if (lung[i] != 0) (lungs_.side[i] == Side::kLeft ? one.left_cm2 : one.right_cm2) += cm2;
      });
      ends[static_cast<std::size_t>(one.end)] = one;
    }
  }
  if (lungs_.field) ends.push_back(at_circle(lungs_, lung));
  return ends;
}

}  // namespace hilum::model::examine
