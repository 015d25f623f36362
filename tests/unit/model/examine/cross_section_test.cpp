#include "model/examine/cross_section.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "model/thinning.h"
#include "tests/unit/model/examine/tubes.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::examine;
using doctest::Approx;
using test::Tube;

namespace {

/// Areas of all voxels of label 1, in the order of the grid.
std::vector<float> areas_of(const LabelMap& map) {
  Mask mask{.grid = {.size = map.geometry.size}, .voxel = map.label};
  for (auto& v : mask.voxel) v = v == 1 ? 1 : 0;
  const VoxelSteps steps{map.geometry.step_mm(2), map.geometry.step_mm(1), map.geometry.step_mm(0)};
  const VoxelSet vessel(mask, steps);
  return cross_sections_mm2(vessel, trace_line(vessel, VoxelSet(centreline(mask), steps)));
}

double share(const std::vector<float>& areas, const std::function<bool(float)>& is) {
  return static_cast<double>(std::ranges::count_if(areas, is)) / static_cast<double>(areas.size());
}

/// Through the middle of a box of about 40 mm, 30 mm long.
Tube tube_towards(const Vec3& direction, double radius_mm) {
  const double length = std::hypot(direction[0], direction[1], direction[2]);
  Tube tube{.radius_mm = radius_mm};
  for (std::size_t k = 0; k < 3; ++k) {
    const double middle = 20.3 + 0.17 * static_cast<double>(k);  // not on a voxel
    tube.a[k] = middle - 15 * direction[k] / length;
    tube.b[k] = middle + 15 * direction[k] / length;
  }
  return tube;
}

LabelMap map_with(const Tube& tube, const std::array<double, 3>& step_mm) {
  std::array<int, 3> size{};
  for (std::size_t axis = 0; axis < 3; ++axis) size[axis] = static_cast<int>(41 / step_mm[axis]);
  LabelMap map = test::empty_map(test::geometry_of(size, step_mm));
  draw(tube, 1, map);
  return map;
}

}  // namespace

TEST_CASE("cross-section: that of a tube, in every direction and on anisotropic voxels") {
  for (const std::array<double, 3> step :
       {std::array{0.7, 0.7, 0.7}, std::array{1.25, 0.6, 0.6}, std::array{0.5, 0.9, 0.9}}) {
    for (const Vec3 direction : {Vec3{1, 0, 0}, Vec3{0, 1, 0}, Vec3{0, 0, 1}, Vec3{1, 1, 0},
                                 Vec3{0.3, 0.5, 0.8}, Vec3{-0.8, 0.2, 0.3}, Vec3{1, -0.4, 0.1}}) {
      for (const double radius : {1.0, 1.5, 2.5, 5.0}) {
        const Tube tube = tube_towards(direction, radius);
        CAPTURE(step[0]);
        CAPTURE(direction[0]);
        CAPTURE(direction[1]);
        CAPTURE(radius);
        const auto areas = areas_of(map_with(tube, step));
        double sum = 0;
        for (const float area : areas) sum += area;
        const double mean = sum / static_cast<double>(areas.size());
        // Voxels are not exactly the tube: what they hold per length is the aim. The centreline of
        // a tube as thick as it is long, with flat ends, has spurs into its corners.
        const double voxel = step[0] * step[1] * step[2];
        const double drawn = static_cast<double>(areas.size()) * voxel / tube.length_mm();
        CHECK(mean == Approx(drawn).epsilon(radius < 5 ? 0.08 : 0.15));
        const auto off = [&](float a) { return a < 0.75 * drawn || a > 1.25 * drawn; };
        CHECK(share(areas, off) < 0.12);
      }
    }
  }
}

TEST_CASE("cross-section: an even number of voxels is not taken for an odd one") {
  // A ball between voxel centres would find two voxels of width in three and in four.
  LabelMap map = test::empty_map(test::geometry_of({12, 12, 40}, {1, 1, 1}));
  for (const int width : {1, 2, 3, 4}) {
    CAPTURE(width);
    std::ranges::fill(map.label, std::uint8_t{0});
    for (int z = 4; z < 4 + width; ++z) {
      for (int y = 4; y < 4 + width; ++y) {
        for (int x = 2; x < 38; ++x) map.label[map.geometry.index(z, y, x)] = 1;
      }
    }
    for (const float area : areas_of(map)) CHECK(area == Approx(width * width).epsilon(0.001));
  }
}

TEST_CASE("cross-section: a branch is as thin as it is, and its parent as thick") {
  const std::array<double, 3> step{0.7, 0.7, 0.7};
  const Tube parent = tube_towards({1, 0, 0}, 3.5);
  LabelMap map = map_with(parent, step);
  const Tube branch{.a = {20, 20.47, 20.6}, .b = {20, 38, 25}, .radius_mm = 1};
  draw(branch, 1, map);
  const auto areas = areas_of(map);
  const double voxel_ml = map.geometry.voxel_ml();
  const auto millilitres = [&](const std::function<bool(float)>& is) {
    return static_cast<double>(std::ranges::count_if(areas, is)) * voxel_ml;
  };
  const double outside_ml = branch.area_mm2() * (branch.length_mm() - 3.5) / 1000;
  CHECK(millilitres([](float a) { return a < 5; }) == Approx(outside_ml).epsilon(0.15));
  CHECK(millilitres([](float a) { return a >= 20; }) == Approx(parent.millilitres()).epsilon(0.05));
}

TEST_CASE("cross-section: bumps on a thick vessel are no thin vessels") {
  LabelMap map = map_with(tube_towards({1, 0, 0}, 5), {0.7, 0.7, 0.7});
  const auto& size = map.geometry.size;
  // Rods of one voxel that stick out of it by three.
  double outside = 0;
  for (int x = 12; x < size[2] - 12; x += 6) {
    for (const auto& [z, y] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
      for (int step = 5; step <= 10; ++step) {
        std::uint8_t& label = map.label[map.geometry.index(29 + z * step, 29 + y * step, x)];
        outside += label == 0 ? 1 : 0;
        label = 1;
      }
    }
  }
  const auto areas = areas_of(map);
  outside /= static_cast<double>(areas.size());
  // Some of the surface is nearer to a rod than to the axis; it was six times the rods' share.
  CHECK(share(areas, [](float a) { return a < 10; }) < 3 * outside);
}

TEST_CASE("cross-section: a curved vessel keeps its area") {
  const std::array<double, 3> step{0.7, 0.7, 0.7};
  LabelMap map = test::empty_map(test::geometry_of({20, 60, 60}, step));
  const auto& size = map.geometry.size;
  for (int z = 0; z < size[0]; ++z) {
    for (int y = 0; y < size[1]; ++y) {
      for (int x = 0; x < size[2]; ++x) {
        const double ring = std::hypot(x * 0.7 - 20.3, y * 0.7 - 20.6) - 12;
        if (std::hypot(ring, z * 0.7 - 7.1) <= 1.5) map.label[map.geometry.index(z, y, x)] = 1;
      }
    }
  }
  const auto areas = areas_of(map);
  CHECK(share(areas, [](float a) { return a > 5.6 && a < 8.5; }) > 0.95);  // 7.07 mm2
}

TEST_CASE("cross-section: a sheared grid is measured as it is") {
  // Slices 1 mm apart, each moved by half a millimetre: a gantry tilted by 27 degrees.
  Geometry sheared = test::geometry_of({40, 70, 60}, {1, 0.7, 0.7});
  sheared.voxel_to_lps[6] = 0.5;
  for (const Vec3 direction : {Vec3{0, 0, 1}, Vec3{0, 1, 0}, Vec3{0.4, -0.5, 0.7}}) {
    CAPTURE(direction[1]);
    LabelMap map = test::empty_map(sheared);
    const Tube tube = tube_towards(direction, 1.5);
    draw(tube, 1, map);
    const auto areas = areas_of(map);
    CHECK(share(areas, [&](float a) { return a > 5.6 && a < 8.5; }) > 0.9);
  }
}

TEST_CASE("cross-section: specks are as thin as a ball of their volume") {
  LabelMap map = test::empty_map(test::geometry_of({9, 9, 9}, {1, 1, 1}));
  map.label[map.geometry.index(1, 1, 1)] = 1;
  REQUIRE(areas_of(map).size() == 1);
  CHECK(areas_of(map)[0] == Approx(1.209).epsilon(0.001));
  for (int z = 4; z < 7; ++z) {  // a cube of 27 mm3
    for (int y = 4; y < 7; ++y) {
      for (int x = 4; x < 7; ++x) map.label[map.geometry.index(z, y, x)] = 1;
    }
  }
  // Its face has 9 mm2, a ball of its volume 10.9: which of both depends on thinning's last voxels.
  for (const float area : areas_of(map)) CHECK((area < 1.3F || (area > 8.9F && area < 11)));
}
