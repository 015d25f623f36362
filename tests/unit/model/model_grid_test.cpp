#include "model/model_grid.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace hilum;
using namespace hilum::model;

namespace {

Geometry axial(int nz, int ny, int nx) {
  Geometry g;
  g.size = {nz, ny, nx};
  g.voxel_to_lps = {0.8, 0, 0, -150, 0, 0.8, 0, -160, 0, 0, 2, -300, 0, 0, 0, 1};
  return g;
}

}  // namespace

TEST_CASE("model_grid: indices grow to the right, to the front and upwards") {
  const auto grid = plan_model_grid(axial(10, 20, 30), {1.5, 1.5, 1.5});
  REQUIRE(grid);
  // DICOM's x grows to the left, so the model's first X is the source's last column.
  const Vec3 first = transform(grid->to_source, {0, 0, 0});
  CHECK(first[0] == doctest::Approx(29));
  CHECK(first[1] == doctest::Approx(19));
  CHECK(first[2] == doctest::Approx(0));
  CHECK(grid->size == GridSize{16, 11, 13});  // round(29 * 0.8 / 1.5) + 1, ...
}

TEST_CASE("model_grid: every voxel of a tilted stack lies on the grid, whichever way it leans") {
  for (const double lean : {-0.5, 0.5}) {  // mm in y per slice of 2 mm: a gantry at 14 degrees
    CAPTURE(lean);
    Geometry source = axial(40, 20, 20);
    source.voxel_to_lps[6] = lean;
    const auto grid = plan_model_grid(source, {1.5, 1.5, 1.5});
    REQUIRE(grid);
    const Affine from_source = inverse(grid->to_source);
    for (int corner = 0; corner < 8; ++corner) {
      const Vec3 p =
          transform(from_source, {(corner & 1) != 0 ? 19.0 : 0.0, (corner & 2) != 0 ? 19.0 : 0.0,
                                  (corner & 4) != 0 ? 39.0 : 0.0});
      for (std::size_t axis = 0; axis < 3; ++axis) {
        CHECK(p[axis] > -0.5 - 1e-9);
        CHECK(p[axis] < grid->size[axis] - 0.5 + 1e-9);
      }
    }
    // The axes are orthogonal and have the asked spacing.
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const Vec3 a = column(grid->to_ras, axis);
      const Vec3 b = column(grid->to_ras, (axis + 1) % 3);
      CHECK(std::hypot(a[0], a[1], a[2]) == doctest::Approx(1.5));
      CHECK(std::abs(a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) < 1e-12);
    }
  }
}

TEST_CASE("model_grid: impossible geometries are refused") {
  Geometry flat = axial(10, 20, 30);
  flat.voxel_to_lps[10] = 0;
  Geometry unknown = axial(10, 20, 30);
  unknown.voxel_to_lps[3] = std::numeric_limits<double>::quiet_NaN();
  for (const Geometry& bad : {flat, unknown, axial(0, 20, 30)}) {
    const auto grid = plan_model_grid(bad, {1.5, 1.5, 1.5});
    REQUIRE_FALSE(grid);
    CHECK(grid.error().code == ErrorCode::kInvalidInput);
  }
}

TEST_CASE("model_grid: a volume of many metres is refused before anything is allocated") {
  Geometry huge = axial(2000, 512, 512);
  huge.voxel_to_lps[10] = 1000;
  const auto grid = plan_model_grid(huge, {1.5, 1.5, 1.5});
  REQUIRE_FALSE(grid);
  CHECK(grid.error().code == ErrorCode::kUnsupported);
}

TEST_CASE("model_grid: a single slice is a grid of one voxel along its normal") {
  const auto grid = plan_model_grid(axial(1, 20, 30), {1.5, 1.5, 1.5});
  REQUIRE(grid);
  CHECK(grid->size[2] == 1);
}
