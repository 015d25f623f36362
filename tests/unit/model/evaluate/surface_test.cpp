#include "model/evaluate/surface.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <numbers>

#include "tests/unit/model/shapes.h"

using namespace hilum;
using namespace hilum::model::evaluate;
using doctest::Approx;

namespace {

Mask cube(const Grid& grid, std::array<double, 3> from_mm, double edge_mm) {
  return test::mask_where(grid, [=](double z, double y, double x) {
    const auto in = [&](double v, double lo) { return v >= lo && v < lo + edge_mm; };
    return in(z, from_mm[0]) && in(y, from_mm[1]) && in(x, from_mm[2]);
  });
}

Mask sphere(const Grid& grid, double centre_mm, double radius_mm) {
  return test::mask_where(grid, [=](double z, double y, double x) {
    return std::hypot(z - centre_mm, y - centre_mm, x - centre_mm) <= radius_mm;
  });
}

}  // namespace

TEST_CASE("surface: areas in a cell are those of its polygons") {
  const auto areas = cell_areas({1, 1, 1});
  CHECK(areas[0] == 0);
  CHECK(areas[255] == 0);
  const double corner = std::sqrt(3) / 8;  // a triangle with edges of sqrt(1/2)
  for (int i = 0; i < 8; ++i) CHECK(areas[1U << i] == Approx(corner));
  // Two corners of one edge: a rectangle 1 x sqrt(1/2); four of one face: a square.
  CHECK(areas[0b00000011] == Approx(std::sqrt(0.5)));
  CHECK(areas[0b00001111] == Approx(1));
  // Opposite corners: two triangles.
  CHECK(areas[0b10000001] == Approx(2 * corner));
  // A corner and its three neighbours: a flat hexagon with edges of sqrt(1/2).
  CHECK(areas[0b00010111] == Approx(6 * std::sqrt(3) / 8));
  for (unsigned code = 0; code < 256; ++code) {
    // One corner cut off is the least there can be; two flat hexagons would be 2.6.
    if (code != 0 && code != 255) CHECK(areas[code] > 0.2);
    CHECK(areas[code] < 2.6);
  }
}

TEST_CASE("surface: areas follow the steps of each axis") {
  const auto areas = cell_areas({2, 3, 5});  // z, y, x
  CHECK(areas[0b00001111] == Approx(6));     // the face across x
  CHECK(areas[0b01010101] == Approx(10));    // dy = 0: across y
  CHECK(areas[0b00110011] == Approx(15));    // dz = 0: across z
}

TEST_CASE("surface: a box has its area but for its bevelled edges, a sphere nearly") {
  const Grid grid{{30, 30, 30}, {1, 1, 1}};
  // Faces 9 x 9 between the bevels; 12 edges of 9 x sqrt(1/2), 8 corners.
  const double expected = 6 * 81 + 12 * 9 * std::sqrt(0.5) + 8 * std::sqrt(3) / 8;
  CHECK(surface_area(cube(grid, {5, 5, 5}, 10)) == Approx(expected));
  // Touching the grid's end changes nothing: beyond is outside.
  CHECK(surface_area(cube(grid, {0, 0, 20}, 10)) == Approx(expected));

  const double radius = 12;
  const double ball = surface_area(sphere(grid, 14.5, radius));
  CHECK(ball == Approx(4 * std::numbers::pi * radius * radius).epsilon(0.1));
}

TEST_CASE("surface Dice: one for equal masks, one within the tolerance, less beyond it") {
  const Grid grid{{30, 30, 40}, {1, 1, 1}};
  const Mask a = cube(grid, {10, 10, 10}, 10);
  CHECK(surface_dice(a, a, 0) == Approx(1));
  const Mask one_off = cube(grid, {10, 10, 11}, 10);
  CHECK(surface_dice(a, one_off, 1) == Approx(1));
  CHECK(surface_dice(a, one_off, 0) < 0.9);
  const Mask three_off = cube(grid, {10, 10, 13}, 10);
  const double shifted = surface_dice(a, three_off, 1.5);
  // Of each box's 563 mm2 two faces are too far, one of them but for a rim of 1.5 mm, and a strip
  // of the sides: about 106 + 36 + 50.
  CHECK(shifted > 0.63);
  CHECK(shifted < 0.69);
  CHECK(surface_dice(a, cube(grid, {10, 10, 30}, 10), 1.5) == 0);
}

TEST_CASE("surface Dice: the tolerance is in millimetres along every axis") {
  // Shift by one voxel along z: 3 mm.
  const Grid grid{{12, 20, 20}, {3, 1, 1}};
  const Mask a = cube(grid, {6, 5, 5}, 12);
  const Mask b = cube(grid, {9, 5, 5}, 12);
  CHECK(surface_dice(a, b, 3) == Approx(1));
  CHECK(surface_dice(a, b, 2.9) < 0.9);
}

TEST_CASE("surface Dice: concentric spheres are within their difference of radius") {
  const Grid grid{{40, 40, 40}, {1, 1, 1}};
  const Mask small = sphere(grid, 19.5, 11);
  const Mask large = sphere(grid, 19.5, 14);
  CHECK(surface_dice(small, large, 4) == Approx(1));
  CHECK(surface_dice(small, large, 1.5) < 0.02);
}

TEST_CASE("surface Dice: one empty mask, one voxel") {
  const Grid grid{{5, 5, 5}, {1, 1, 1}};
  const Mask none = test::random_mask(grid, 0, 1);
  Mask voxel = none;
  voxel.voxel[grid.index(0, 2, 4)] = 1;
  CHECK(surface_dice(voxel, none, 1.5) == 0);
  CHECK(surface_dice(none, voxel, 1.5) == 0);
  CHECK(surface_dice(voxel, voxel, 1.5) == Approx(1));
  CHECK(surface_area(voxel) == Approx(std::sqrt(3)));
}
