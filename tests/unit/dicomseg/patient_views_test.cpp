#include "dicomseg/patient_views.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/unit/dicomseg/synthetic.h"

using namespace hilum;
using namespace hilum::dicomseg;
using doctest::Approx;

namespace {

/// Voxels of 2 x 3 x 4 mm along x, y, z; the centre of the first at (10, 20, 30).
Geometry box_geometry(std::array<int, 3> size) {
  Geometry g{.size = size, .voxel_to_lps = {}, .frame = {}};
  g.voxel_to_lps = {2, 0, 0, 10, 0, 3, 0, 20, 0, 0, 4, 30, 0, 0, 0, 1};
  return g;
}

}  // namespace

TEST_CASE("patient views: boxes reach from edge to edge of voxels, those of labels to centres") {
  LabelMap map{box_geometry({3, 4, 5}), std::vector<std::uint8_t>(60)};
  const Box volume = box_of_volume(map.geometry);
  CHECK(volume.low == Vec3{9, 18.5, 28});
  CHECK(volume.high == Vec3{19, 30.5, 40});
  CHECK_FALSE(box_of_labels(map));
  map.label[map.geometry.index(1, 2, 3)] = 7;
  map.label[map.geometry.index(2, 0, 1)] = 1;
  const auto labels = box_of_labels(map);
  REQUIRE(labels);
  CHECK(labels->low == Vec3{12, 20, 34});
  CHECK(labels->high == Vec3{16, 26, 38});
}

TEST_CASE("patient views: a pixel's middle is where it lies in the picture, in every view") {
  const Box box = box_of_volume(box_geometry({30, 40, 50}));
  for (const View& view : {kAxialView, kCoronalView, kSagittalView}) {
    const ViewGrid grid(view, box, 64, fitting_mm_per_px(view, box, 64));
    const Vec3 p = grid.point(5, 60, 12.5);
    CHECK(p[view.depth] == 12.5);
    CHECK(grid.column_of(p) == Approx(5.5));
    CHECK(grid.row_of(p) == Approx(60.5));
  }
}

TEST_CASE("patient views: left is on the right, the head is up, the front of sagittal ones left") {
  const Box box{{-10, -10, -10}, {10, 10, 10}};
  const ViewGrid axial(kAxialView, box, 20, 1);
  CHECK(axial.column_of({5, 0, 0}) > axial.column_of({-5, 0, 0}));  // L is +x
  CHECK(axial.row_of({0, 5, 0}) > axial.row_of({0, -5, 0}));        // P is +y, down
  const ViewGrid coronal(kCoronalView, box, 20, 1);
  CHECK(coronal.row_of({0, 0, 5}) < coronal.row_of({0, 0, -5}));  // H is +z, up
  const ViewGrid sagittal(kSagittalView, box, 20, 1);
  CHECK(sagittal.column_of({0, -5, 0}) < sagittal.column_of({0, 5, 0}));
}

TEST_CASE("patient views: runs are of one label, and end with their row") {
  LabelMap map{box_geometry({1, 2, 12}), std::vector<std::uint8_t>(24)};
  for (const int x : {9, 10, 11}) map.label[map.geometry.index(0, 0, x)] = 2;
  map.label[map.geometry.index(0, 1, 0)] = 2;
  map.label[map.geometry.index(0, 1, 1)] = 3;
  std::vector<std::array<int, 4>> runs;
  for_each_label_run(map, [&](const LabelRun& r) {
    runs.push_back({r.y, r.begin, r.end, r.label});
  });
  CHECK(runs == std::vector<std::array<int, 4>>{{0, 9, 12, 2}, {1, 0, 1, 2}, {1, 1, 2, 3}});
}

TEST_CASE("patient views: the extent of an oblique voxel is that of all its steps") {
  Geometry g = box_geometry({1, 1, 1});
  g.voxel_to_lps = {1, 2, 0, 0, 0, -3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1};
  CHECK(voxel_extent_mm(g, 0) == 3);
  CHECK(voxel_extent_mm(g, 1) == 3);
  CHECK(voxel_extent_mm(g, 2) == 4);
}
