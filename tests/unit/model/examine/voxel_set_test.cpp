#include "model/examine/voxel_set.h"

#include <doctest/doctest.h>

#include <vector>

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::examine;

namespace {

/// 2 x 2 x 3 (z, y, x) with four voxels; the steps are neither orthogonal nor equal.
VoxelSet four_voxels() {
  const Mask mask{.grid = {.size = {2, 2, 3}}, .voxel = {1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1}};
  return {mask, {Vec3{0, 1, 5}, Vec3{0, 2, 0}, Vec3{0.5, 0, 0}}};
}

std::vector<std::size_t> neighbours(const VoxelSet& set, std::size_t of) {
  std::vector<std::size_t> found;
  set.for_each_neighbour(of, [&](std::size_t n) { found.push_back(n); });
  return found;
}

}  // namespace

TEST_CASE("voxel set: voxels are numbered in the order of the grid, places follow the steps") {
  const VoxelSet set = four_voxels();
  REQUIRE(set.size() == 4);
  CHECK(set.at(0) == Voxel{0, 0, 0});
  CHECK(set.at(1) == Voxel{0, 0, 2});
  CHECK(set.at(2) == Voxel{1, 0, 1});
  CHECK(set.at(3) == Voxel{1, 1, 2});
  CHECK(set.position_mm(3) == Vec3{1, 3, 5});
}

TEST_CASE("voxel set: neighbours touch at a face, an edge or a corner") {
  const VoxelSet set = four_voxels();
  CHECK(neighbours(set, 0) == std::vector<std::size_t>{2});
  CHECK(neighbours(set, 1) == std::vector<std::size_t>{2, 3});
  CHECK(neighbours(set, 2) == std::vector<std::size_t>{0, 1, 3});
}

TEST_CASE("voxel set: a box may reach beyond the grid") {
  const VoxelSet set = four_voxels();
  std::size_t count = 0;
  set.for_each_in({-5, -5, 1}, {9, 9, 9}, [&](std::size_t) { ++count; });
  CHECK(count == 3);
}
