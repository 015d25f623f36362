#include "model/round_field.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace hilum;
using namespace hilum::model;

namespace {

/// 60 x 50 cells of 3 mm, 4 slices; `hu(x_mm, y_mm)` of a cell's centre.
template <class Hu>
std::optional<RoundField> found(const Hu& hu) {
  const CellGrid cells{.edge = {2, 2, 2}, .size = {60, 50, 4}, .step_mm = {3, 3, 3}};
  std::vector<float> values(voxel_count(cells.size));
  for (int x = 0; x < 60; ++x) {
    for (int y = 0; y < 50; ++y) {
      for (int z = 0; z < 4; ++z) {
        const Vec3 at = cells.centre_mm(x, y, z);
        values[grid_index(cells.size, x, y, z)] = hu(at[0], at[1]);
      }
    }
  }
  return find_round_field(values, cells);
}

}  // namespace

TEST_CASE(
    "round field: centre and radius, within a cell, whether it ends before the sides or not") {
  for (const double radius : {55.0, 74.0, 90.0}) {
    CAPTURE(radius);
    const auto field = found([&](double x, double y) {
      return std::hypot(x - 90, y - 75) < radius ? -850.0F : -2048.0F;
    });
    REQUIRE(field);
    CHECK(field->x_mm == doctest::Approx(90).epsilon(0.01));
    CHECK(field->y_mm == doctest::Approx(75).epsilon(0.01));
    CHECK(std::abs(field->radius_mm - radius) < 3);
    CHECK(field->depth_mm({90, 75, 0}) > radius - 3);
    CHECK(field->depth_mm({0, 0, 0}) < 0);
  }
}

TEST_CASE("round field: air round a body, however thin, is none") {
  // A chest is broad, and a table makes it no rounder.
  CHECK_FALSE(found([](double x, double y) {
    const bool body = std::hypot((x - 90) / 80, (y - 70) / 50) < 1;
    const bool table = y > 125 && y < 135 && x > 20 && x < 160;
    return body || table ? 40.0F : -1024.0F;
  }));
  CHECK_FALSE(found([](double, double) { return -1000.0F; }));
  CHECK_FALSE(found([](double, double) { return -1024.0F; }));
  CHECK_FALSE(found([](double, double) { return 40.0F; }));
}
