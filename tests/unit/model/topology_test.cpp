#include "model/topology.h"

#include <doctest/doctest.h>

#include <array>
#include <random>

using namespace hilum::model;

namespace {

int bit_at(int dz, int dy, int dx) {
  for (int i = 0; i < kNeighbours; ++i) {
    if (neighbour_offset(i) == std::array<int, 3>{dz, dy, dx}) return i;
  }
  return -1;
}

Neighbours set_of(std::initializer_list<std::array<int, 3>> offsets) {
  Neighbours set = 0;
  for (const auto& d : offsets) set |= Neighbours{1} << bit_at(d[0], d[1], d[2]);
  return set;
}

/// The definition: simple in the object without any subset of the candidates.
bool simple_without_any_subset(Neighbours object, Neighbours candidates) {
  for (Neighbours removed = candidates;; removed = (removed - 1) & candidates) {
    if (!is_simple(object & ~removed)) return false;
    if (removed == 0) return true;
  }
}

}  // namespace

TEST_CASE("topology: components of object and background") {
  CHECK(object_components(0) == 0);
  CHECK(object_components(kAllNeighbours) == 1);
  CHECK(object_components(set_of({{0, 0, -1}, {0, 0, 1}})) == 2);
  CHECK(object_components(set_of({{-1, -1, -1}, {-1, -1, 0}, {-1, 0, 1}})) == 1);
  CHECK(background_components(0) == 1);
  CHECK(background_components(kAllNeighbours) == 0);
  // A wall between left and right.
  Neighbours wall = 0;
  for (int dz = -1; dz <= 1; ++dz) {
    for (int dy = -1; dy <= 1; ++dy) {
      if (dz != 0 || dy != 0) wall |= Neighbours{1} << bit_at(dz, dy, 0);
    }
  }
  CHECK(background_components(wall) == 2);
  CHECK_FALSE(is_simple(wall));
}

TEST_CASE("topology: simple voxels") {
  CHECK_FALSE(is_simple(0));                                // alone: an object would vanish
  CHECK_FALSE(is_simple(kAllNeighbours));                   // inside: a cavity would appear
  CHECK(is_simple(set_of({{0, 0, 1}})));                    // the end of a line
  CHECK_FALSE(is_simple(set_of({{0, 0, -1}, {0, 0, 1}})));  // the middle of a line
  CHECK(is_simple(kAllNeighbours & ~set_of({{1, 0, 0}})));  // under the surface
  CHECK_FALSE(is_simple(kAllNeighbours & ~set_of({{1, 0, 0}, {-1, 0, 0}})));  // a tunnel
  CHECK_FALSE(is_simple(kAllNeighbours & ~set_of({{1, 1, 1}})));  // no background at a face
}

TEST_CASE("topology: what may go at once is simple whichever others have gone") {
  std::mt19937 random(7);
  int yes = 0;
  int no = 0;
  for (int round = 0; round < 60000; ++round) {
    const double density = 0.15 + 0.1 * (round % 8);
    std::bernoulli_distribution in(density);
    Neighbours object = 0;
    Neighbours candidates = 0;
    for (int i = 0; i < kNeighbours; ++i) {
      if (in(random)) object |= Neighbours{1} << i;
    }
    for (int i = 0; i < 6; ++i) candidates |= (Neighbours{1} << (random() % kNeighbours)) & object;
    const bool claimed = is_simple_among(object, candidates);
    REQUIRE(claimed == simple_without_any_subset(object, candidates));
    claimed ? ++yes : ++no;
  }
  CHECK(yes > 1000);
  CHECK(no > 1000);
}
