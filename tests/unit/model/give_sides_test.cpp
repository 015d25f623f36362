#include "model/give_sides.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/standard_classes.h"
#include "model/vessel_turn.h"
#include "tests/unit/model/two_lungs.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr GridSize kSize = test::kTwoLungsSize;

constexpr Box kWhole{.start = {}, .end = kSize};

/// A crossing vessel of 12 mm: from `right_end` straight to `turn` and from there backwards and up
/// to the left, as the pulmonary arteries.
VesselCourse artery(double turn_mm) {
  VesselCourse course(1);
  for (double from_plane = turn_mm - 25; from_plane < turn_mm + 30; ++from_plane) {
    const double beyond = from_plane - turn_mm;
    const double anterior = beyond < 0 ? beyond : -0.2 * beyond;
    const double superior = beyond < 0 ? -beyond * 0.5 : -0.2 * beyond;
    for (double a = -6; a <= 6; ++a) {
      for (double s = -6; s <= 6; ++s) {
        course.add(
            {.from_plane_mm = from_plane, .anterior_mm = anterior + a, .superior_mm = superior + s},
            from_plane - turn_mm);
      }
    }
  }
  return course;
}

}  // namespace

TEST_CASE("give_sides: the four standard classes are two vessels") {
  const auto pairs = sided_vessels(standard_classes());
  REQUIRE(pairs.size() == 2);
  CHECK(pairs[0].left == 0);
  CHECK(pairs[0].right == 2);
  CHECK(pairs[1].left == 1);
  CHECK(pairs[1].right == 3);
}

TEST_CASE("give_sides: classes without a single partner stand alone") {
  auto classes = standard_classes();
  classes[2].segment.type_modifier.reset();
  classes[2].segment.region_modifier.reset();
  auto vessels = sided_vessels(classes);
  REQUIRE(vessels.size() == 2);
  CHECK(vessels[0].left == 0);
  CHECK_FALSE(vessels[0].right);
  CHECK(vessels[1].left == 1);
  CHECK(vessels[1].right == 3);
  classes = standard_classes();
  classes.push_back(classes[0]);  // two left arteries
  vessels = sided_vessels(classes);
  REQUIRE(vessels.size() == 4);
  CHECK(vessels[0].left == 0);
  CHECK_FALSE(vessels[0].right);
  CHECK(vessels[2].right == 2);
  CHECK_FALSE(vessels[2].left);
}

TEST_CASE("give_sides: a class alone is confined to its side") {
  const AnatomicalSides sides = test::sides_of_two_lungs();
  std::vector<float> p(voxel_count(kSize), 0.9F);
  const std::vector<SidedVessel> right_only{{.left = {}, .right = 0}};
  give_sides(p, kWhole, right_only, sides, {.threads = 1});
  CHECK(p[grid_index(kSize, 15, 30, 20)] == 0);
  CHECK(p[grid_index(kSize, 60, 30, 20)] == doctest::Approx(0.9));
}

TEST_CASE("give_sides: a vessel's probability is the larger one and goes to the side it lies on") {
  const AnatomicalSides sides = test::sides_of_two_lungs();
  REQUIRE(sides.found());
  const std::size_t voxels = voxel_count(kSize);
  std::vector<float> p(5 * voxels, 0);
  const std::size_t in_left = grid_index(kSize, 15, 30, 20);
  const std::size_t in_right = grid_index(kSize, 60, 30, 20);
  for (const std::size_t at : {in_left, in_right}) {
    p[at] = 0.3F;               // left artery
    p[2 * voxels + at] = 0.4F;  // right artery
    p[1 * voxels + at] = 0.9F;  // left vein
    p[3 * voxels + at] = 0.8F;  // right vein
    p[4 * voxels + at] = 0.6F;  // a class without a side
  }
  give_sides(p, kWhole, sided_vessels(standard_classes()), sides, {.threads = 1});
  CHECK(p[in_left] == doctest::Approx(0.4));
  CHECK(p[2 * voxels + in_left] == 0);
  CHECK(p[in_right] == 0);
  CHECK(p[2 * voxels + in_right] == doctest::Approx(0.4));
  CHECK(p[voxels + in_left] == doctest::Approx(0.9));
  CHECK(p[3 * voxels + in_right] == doctest::Approx(0.9));
  CHECK(p[4 * voxels + in_left] == doctest::Approx(0.6));
}

TEST_CASE("give_sides: a crop finds its place, and threads change nothing") {
  const AnatomicalSides sides = test::sides_of_two_lungs();
  const Box crop{.start = {40, 10, 3}, .end = {80, 50, 37}};
  const std::size_t voxels = voxel_count(crop.size());
  std::vector<float> one(4 * voxels, 0.25F);
  std::vector<float> two = one;
  give_sides(one, crop, sided_vessels(standard_classes()), sides, {.threads = 1});
  give_sides(two, crop, sided_vessels(standard_classes()), sides, {.threads = 2});
  CHECK(one == two);
  const std::size_t right_lung = grid_index(crop.size(), 60 - 40, 30 - 10, 20 - 3);
  CHECK(one[right_lung] == 0);
  CHECK(one[2 * voxels + right_lung] == doctest::Approx(0.25));
}

TEST_CASE("give_sides: without lungs nobody knows the side, so classes with one are left out") {
  const std::size_t voxels = voxel_count(kSize);
  std::vector<float> p(5 * voxels, 0.4F);  // the last class has no side
  give_sides(p, kWhole, sided_vessels(standard_classes()), AnatomicalSides(), {});
  CHECK(std::all_of(p.begin(), p.begin() + static_cast<std::ptrdiff_t>(4 * voxels),
                    [](float value) { return value == 0; }));
  CHECK(std::all_of(p.begin() + static_cast<std::ptrdiff_t>(4 * voxels), p.end(),
                    [](float value) { return value == 0.4F; }));
}

TEST_CASE("vessel_turn: the turn of the arteries is found where it is, and divides them") {
  for (const double place : {-20.0, -11.0, 0.0, 7.0}) {
    CAPTURE(place);
    const auto turn = artery(place).turn();
    REQUIRE(turn);
    CHECK(turn->at.from_plane_mm == doctest::Approx(place).epsilon(0.01).scale(200));
    const auto right_at = [&](double beyond, double anterior, double superior) {
      return turn->is_right({.from_plane_mm = place + beyond,
                             .anterior_mm = turn->at.anterior_mm + anterior,
                             .superior_mm = turn->at.superior_mm + superior});
    };
    CHECK(right_at(8, 0, 0));
    CHECK_FALSE(right_at(-8, 0, 0));
    CHECK_FALSE(right_at(2, -8, 2));  // behind and above: the left artery's beginning
    CHECK(right_at(-2, 6, -4));
  }
}

TEST_CASE("vessel_turn: a straight vessel, a thin one and none have no turn") {
  CHECK_FALSE(VesselCourse(1).turn());
  VesselCourse straight(1);
  VesselCourse thin(1);
  for (double from_plane = -30; from_plane < 30; ++from_plane) {
    thin.add({.from_plane_mm = from_plane, .anterior_mm = -std::abs(from_plane)}, from_plane);
    for (int i = 0; i < 100; ++i) {
      straight.add({.from_plane_mm = from_plane, .anterior_mm = 0.5 * from_plane}, from_plane);
    }
  }
  CHECK_FALSE(straight.turn());
  CHECK_FALSE(thin.turn());
}
