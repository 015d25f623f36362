#include "model/lung_region.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "model/phantom/phantom.h"
#include "model/preprocess.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr Vec3 kSpacing{1.5, 1.5, 1.5};

/// Block means of a body of water with what tests paint into it, in air.
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
  [[nodiscard]] LungRegion find() const { return find_lung_region(hu, size, kSpacing); }
};

/// Two lungs of 0.43 litre with 10 blocks (6 cm) between them.
Blocks chest() {
  Blocks blocks;
  blocks.paint({2, 2, 0}, {48, 38, 40}, 40);
  blocks.paint({8, 10, 10}, {18, 20, 30}, -850);
  blocks.paint({28, 10, 10}, {38, 20, 30}, -850);
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
  Blocks blocks;
  blocks.paint({0, 0, 0}, {50, 40, 40}, 40);
  blocks.paint({0, 0, 0}, {12, 20, 40}, -850);
  const LungRegion region = blocks.find();
  REQUIRE(region.found());
  CHECK(inside(region, 0, 0, 0));
  CHECK(inside(region, 0, 19, 39));
}

TEST_CASE("lung_region: without lungs everything is to be searched") {
  Blocks blocks;
  blocks.paint({2, 2, 0}, {48, 38, 40}, 40);
  const LungRegion region = blocks.find();
  CHECK_FALSE(region.found());
  CHECK(region.contains(0, 0, 0));
  CHECK(region.describe().find("whole volume") != std::string::npos);
}

TEST_CASE("lung_region: block means take what there is at the far edges") {
  const GridSize size{5, 4, 4};
  std::vector<float> hu(voxel_count(size), 10);
  for (int y = 0; y < 4; ++y) {
    for (int z = 0; z < 4; ++z) hu[grid_index(size, 4, y, z)] = -500;
  }
  CHECK(block_count(size) == GridSize{2, 1, 1});
  CHECK(block_means(hu, size, 1) == std::vector<float>{10, -500});
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
