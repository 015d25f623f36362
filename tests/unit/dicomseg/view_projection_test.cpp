#include "dicomseg/view_projection.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace hilum;
using namespace hilum::dicomseg;
using doctest::Approx;

namespace {

/// A cube of 8 voxels of 1 mm, centres from 0 to 7 in x, y and z (LPS).
Geometry cube() {
  return {.size = {8, 8, 8}, .voxel_to_lps = Geometry{}.voxel_to_lps, .frame = {}};
}

ViewGrid grid_of(const View& view) { return {view, box_of_volume(cube()), 8, 1}; }

std::size_t pixel(int column, int row) { return static_cast<std::size_t>(row * 8 + column); }

}  // namespace

TEST_CASE("view projection: the brightest voxel of the slab, and of nothing beside it") {
  Volume volume{cube(), std::vector<std::int16_t>(512, -1000)};
  volume.hu[volume.geometry.index(6, 3, 2)] = 400;  // z = 6, y = 3, x = 2
  volume.hu[volume.geometry.index(6, 5, 2)] = 900;  // behind it, seen from the front
  const ViewGrid grid = grid_of(kCoronalView);
  const auto near = brightest(volume, grid, {.low = 2, .high = 4});
  CHECK(near[pixel(2, 1)] == 400);  // z = 6 is the second row from the top
  CHECK(std::ranges::count(near, 400) == 1);
  CHECK(brightest(volume, grid, {.low = 2, .high = 5})[pixel(2, 1)] == 900);
  CHECK(brightest(volume, grid, {.low = 20, .high = 30})[pixel(2, 1)] == kNoVoxel);
}

TEST_CASE("view projection: of two labels the one nearer to us is seen") {
  LabelMap map{cube(), std::vector<std::uint8_t>(512)};
  map.label[map.geometry.index(6, 3, 2)] = 1;
  map.label[map.geometry.index(6, 5, 2)] = 2;
  map.label[map.geometry.index(6, 3, 6)] = 3;
  const LabelSet all = LabelSet().set();
  const LabelSurface front = nearest_labels(map, grid_of(kCoronalView), all);
  CHECK(front.label[pixel(2, 1)] == 1);  // the front is -y
  CHECK(front.depth_mm[pixel(2, 1)] == 3);
  const LabelSurface from_left = nearest_labels(map, grid_of(kSagittalView), all);
  CHECK(from_left.label[pixel(3, 1)] == 3);  // the patient's left is +x
  CHECK(nearest_labels(map, grid_of(kSagittalView), LabelSet().set(1)).label[pixel(3, 1)] == 1);
}

TEST_CASE("view projection: a voxel covers as many pixels as it is large") {
  LabelMap map{cube(), std::vector<std::uint8_t>(512)};
  map.label[map.geometry.index(0, 0, 0)] = 1;
  const ViewGrid fine(kAxialView, box_of_volume(cube()), 24, 1.0 / 3);
  CHECK(std::ranges::count(nearest_labels(map, fine, LabelSet().set()).label, 1) == 9);
}

TEST_CASE("view projection: the median is that of the voxels shown") {
  LabelMap map{cube(), std::vector<std::uint8_t>(512)};
  CHECK_FALSE(median_position(map, 0, LabelSet().set()));
  for (const int x : {1, 2, 3}) map.label[map.geometry.index(4, 4, x)] = 1;
  map.label[map.geometry.index(4, 4, 7)] = 2;
  CHECK(*median_position(map, 0, LabelSet().set(1)) == Approx(2).epsilon(0.01));
  CHECK(*median_position(map, 0, LabelSet().set(2)) == Approx(7).epsilon(0.01));
}
