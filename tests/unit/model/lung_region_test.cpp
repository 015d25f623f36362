#include "model/lung_region.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "model/phantom/phantom.h"
#include "model/preprocess.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr Vec3 kSpacing{1.5, 1.5, 1.5};

/// A body of water with what tests paint into it, in air, on cells as large as the region's blocks.
struct Blocks {
  GridSize size{50, 40, 40};
  std::vector<float> hu = std::vector<float>(voxel_count(size), -1000);

  void paint(const GridSize& start, const GridSize& end, float value) {
    for (int x = start[0]; x < end[0]; ++x) {
      for (int y = start[1]; y < end[1]; ++y) {
        for (int z = start[2]; z < end[2]; ++z) hu[grid_index(size, x, y, z)] = value;
      }
    }
  }
  /// Round the middle, in blocks; outside it is `padding`.
  void cut_circle(double radius, float padding) {
    for (int x = 0; x < size[0]; ++x) {
      for (int y = 0; y < size[1]; ++y) {
        if (std::hypot(x + 0.5 - size[0] / 2.0, y + 0.5 - size[1] / 2.0) < radius) continue;
        paint({x, y, 0}, {x + 1, y + 1, size[2]}, padding);
      }
    }
  }
  [[nodiscard]] LungRegion find() const {
    constexpr int kBlock = LungRegion::kBlock;
    constexpr double kEdgeMm = 1.5 * kBlock;
    const CellGrid cells{
        .edge = {kBlock, kBlock, kBlock}, .size = size, .step_mm = {kEdgeMm, kEdgeMm, kEdgeMm}};
    return find_lung_region(find_lung_sides(hu, cells),
                            {size[0] * kBlock, size[1] * kBlock, size[2] * kBlock}, kSpacing);
  }
};

/// Two lungs of 0.43 litre with 10 blocks (6 cm) between them.
Blocks chest() {
  Blocks blocks;
  blocks.paint({2, 2, 0}, {48, 38, 40}, 40);
  blocks.paint({8, 10, 10}, {18, 20, 30}, -850);
  blocks.paint({28, 10, 10}, {38, 20, 30}, -850);
  return blocks;
}

/// Nothing but body, up to every edge.
Blocks body_filling_the_volume() {
  Blocks blocks;
  blocks.paint({0, 0, 0}, {50, 40, 40}, 40);
  return blocks;
}

bool inside(const LungRegion& region, int x, int y, int z) {
  return region.contains(x * LungRegion::kBlock, y * LungRegion::kBlock, z * LungRegion::kBlock);
}

}  // namespace

TEST_CASE("lung_region: holds both lungs, what lies between them, and a margin") {
  const LungRegion region = chest().find();
  REQUIRE(region.found());
  CHECK(region.lung_litres == doctest::Approx(2 * 2000 * 0.000216));
  CHECK(inside(region, 10, 15, 20));
  CHECK(inside(region, 23, 15, 20));       // the mediastinum
  CHECK(inside(region, 6, 15, 20));        // two blocks of margin
  CHECK_FALSE(inside(region, 4, 15, 20));  // the chest wall
  CHECK(inside(region, 23, 8, 20));
  CHECK_FALSE(inside(region, 23, 5, 20));
  CHECK_FALSE(inside(region, 23, 15, 35));  // the neck
  CHECK(region.describe().find("searched") != std::string::npos);
}

TEST_CASE("lung_region: skin, bowel gas and air outside are no lung") {
  Blocks blocks = chest();
  blocks.paint({1, 2, 0}, {2, 38, 40}, -600);    // one block of skin, half air
  blocks.paint({20, 30, 0}, {24, 34, 4}, -700);  // 0.014 litre of bowel content
  const LungRegion region = blocks.find();
  CHECK(region.lung_litres == doctest::Approx(2 * 2000 * 0.000216));
  CHECK_FALSE(inside(region, 1, 25, 20));
  CHECK_FALSE(inside(region, 22, 32, 1));
}

TEST_CASE("lung_region: a lung that the field of view cuts is kept up to the edge") {
  Blocks blocks = body_filling_the_volume();
  blocks.paint({0, 0, 0}, {12, 20, 40}, -850);
  blocks.paint({30, 5, 0}, {45, 25, 40}, -850);
  const LungRegion region = blocks.find();
  REQUIRE(region.found());
  CHECK(inside(region, 0, 0, 0));
  CHECK(inside(region, 0, 19, 39));
}

TEST_CASE(
    "lung_region: lungs that a round field of view cuts are found, bedding below them is not") {
  Blocks blocks = chest();
  blocks.paint({4, 10, 10}, {18, 32, 30}, -850);
  blocks.paint({28, 10, 10}, {44, 32, 30}, -850);
  blocks.paint({2, 38, 0}, {48, 40, 40}, -900);  // foam, below a hand of air
  blocks.paint({2, 35, 0}, {48, 38, 40}, -1000);
  const double whole = blocks.find().lung_litres;
  blocks.cut_circle(20, -1024);
  const LungRegion region = blocks.find();
  CHECK(region.lung_litres > 0.5 * whole);
  CHECK(region.lung_litres < whole);
  REQUIRE(region.found());
  CHECK(inside(region, 12, 20, 20));
  CHECK(inside(region, 35, 20, 20));
  CHECK_FALSE(inside(region, 25, 38, 20));
}

TEST_CASE("lung_region: where one lung is not found everything is to be searched") {
  // As thin as air and cut by the field of view: to its finder, air outside the body.
  Blocks blocks = body_filling_the_volume();
  blocks.paint({0, 10, 5}, {12, 30, 35}, -960);
  blocks.paint({30, 10, 5}, {42, 30, 35}, -850);
  const LungRegion region = blocks.find();
  CHECK(region.lung_litres > 1);
  CHECK_FALSE(region.found());
  CHECK(region.contains(8, 80, 80));
  CHECK(region.describe().find("on one side: the whole volume is searched") != std::string::npos);
}

TEST_CASE("lung_region: without lungs everything is to be searched") {
  Blocks blocks;
  blocks.paint({2, 2, 0}, {48, 38, 40}, 40);
  const LungRegion region = blocks.find();
  CHECK_FALSE(region.found());
  CHECK(region.contains(0, 0, 0));
  CHECK(region.describe().find("whole volume") != std::string::npos);
}

TEST_CASE("lung_region: bedding, and air that noise makes look like lung, are not searched") {
  Blocks blocks = chest();
  blocks.paint({2, 38, 0}, {48, 40, 40}, -900);  // 0.8 litre of foam below the body
  blocks.paint({0, 0, 0}, {50, 1, 12}, -945);    // what clipped noise leaves of air
  const LungRegion region = blocks.find();
  CHECK(region.lung_litres == doctest::Approx(2 * 2000 * 0.000216));
  CHECK_FALSE(inside(region, 23, 39, 20));
  CHECK_FALSE(inside(region, 0, 0, 0));
}

TEST_CASE("lung_region: blocks hold the cells that lie in them, whatever the cells' size") {
  LungSides lungs;
  lungs.cells = {.edge = {3, 2, 1}, .size = {4, 6, 12}, .step_mm = {4.5, 3, 1.5}};
  lungs.side.assign(voxel_count(lungs.cells.size), Side::kNone);
  lungs.side[grid_index(lungs.cells.size, 1, 5, 11)] = Side::kLeft;  // voxels 3-5, 10-11, 11
  lungs.left_litres = lungs.right_litres = 1;
  // No margin at voxels of a metre.
  const LungRegion region = find_lung_region(lungs, {12, 12, 12}, {1000, 1000, 1000});
  REQUIRE(region.found());
  CHECK(region.blocks == GridSize{3, 3, 3});
  CHECK(region.contains(3, 11, 11));
  CHECK(region.contains(5, 11, 11));
}

// Whatever the disease, phase or scanner: a vessel outside the region would be lost.
TEST_CASE("lung_region: no vessel of synthetic patients is outside") {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    CAPTURE(seed);
    phantom::PhantomOptions options;
    options.seed = seed;
    options.spacing_mm = 3;
    options.size = {100, 100, 120};
    const phantom::Phantom patient = phantom::make_phantom(options);
    const auto image = preprocess(patient.ct, {});
    REQUIRE(image);
    REQUIRE(image->lungs.found());
    const Affine to_model = inverse(image->grid.to_source);
    std::size_t outside = 0;
    const Geometry& geometry = patient.truth.geometry;
    for (int z = 0; z < geometry.size[0]; ++z) {
      for (int y = 0; y < geometry.size[1]; ++y) {
        for (int x = 0; x < geometry.size[2]; ++x) {
          if (patient.truth.label[geometry.index(z, y, x)] == 0) continue;
          const Vec3 at = transform(
              to_model, {static_cast<double>(x), static_cast<double>(y), static_cast<double>(z)});
          const auto voxel = [&](std::size_t axis) {
            return std::clamp(static_cast<int>(at[axis] + 0.5), 0, image->grid.size[axis] - 1);
          };
          outside += !image->lungs.contains(voxel(0), voxel(1), voxel(2));
        }
      }
    }
    CHECK(outside == 0);
  }
}
