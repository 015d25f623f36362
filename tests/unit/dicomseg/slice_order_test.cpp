#include "dicomseg/slice_order.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/unit/dicomseg/synthetic.h"

using namespace hilum;
using namespace hilum::dicomseg;

namespace {

std::vector<SlicePlane> planes_of(const Geometry& g) {
  std::vector<SlicePlane> planes;
  const auto unit = [](Vec3 v) {
    const double n = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    return Vec3{v[0] / n, v[1] / n, v[2] / n};
  };
  const auto length = [](Vec3 v) { return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]); };
  for (int z = 0; z < g.size[0]; ++z) {
    planes.push_back({.position = g.to_lps({0, 0, static_cast<double>(z)}),
                      .row_cosines = unit(g.step_mm(0)),
                      .column_cosines = unit(g.step_mm(1)),
                      .rows = g.size[1],
                      .columns = g.size[2],
                      .row_step_mm = length(g.step_mm(1)),
                      .column_step_mm = length(g.step_mm(0))});
  }
  return planes;
}

std::vector<SlicePlane> axial(std::vector<double> heights) {
  std::vector<SlicePlane> planes;
  for (const double z : heights) {
    planes.push_back({.position = {-100, -120, z},
                      .row_cosines = {1, 0, 0},
                      .column_cosines = {0, 1, 0},
                      .rows = 64,
                      .columns = 48,
                      .row_step_mm = 0.8,
                      .column_step_mm = 0.7});
  }
  return planes;
}

}  // namespace

TEST_CASE("slice order: every orientation, in any file order, gives the exact affine") {
  for (const auto& grid : test::grids()) {
    CAPTURE(grid.name);
    const Geometry g = test::geometry_of(grid, {7, 5, 4});
    auto planes = planes_of(g);
    for (const bool shuffled : {false, true}) {
      if (shuffled) {
        std::swap(planes[0], planes[5]);
        std::swap(planes[2], planes[6]);
        std::swap(planes[1], planes[2]);
      }
      const auto order = order_slices(planes);
      REQUIRE(order);
      CHECK(order->geometry.size == g.size);
      for (std::size_t z = 0; z < 7; ++z) {
        const SlicePlane& plane = planes[order->order[z]];
        const Vec3 corner = order->geometry.to_lps({3, 4, static_cast<double>(z)});
        for (std::size_t i = 0; i < 3; ++i) {
          const double expected = plane.position[i] +
                                  3 * plane.row_cosines[i] * plane.column_step_mm +
                                  4 * plane.column_cosines[i] * plane.row_step_mm;
          CHECK(corner[i] == doctest::Approx(expected).epsilon(1e-12));
        }
      }
      // Right-handed: ascending along the normal.
      const Vec3 normal = slice_normal(planes[0]);
      const Vec3 step = order->geometry.step_mm(2);
      CHECK(step[0] * normal[0] + step[1] * normal[1] + step[2] * normal[2] > 0);
    }
  }
}

TEST_CASE("slice order: axial slices go from the feet to the head") {
  const auto order = order_slices(axial({30, 10, 20, 0}));
  REQUIRE(order);
  CHECK(order->order == std::vector<std::size_t>{3, 1, 2, 0});
  CHECK(order->spacing_mm == doctest::Approx(10));
  CHECK(order->geometry.to_lps({0, 0, 0}) == Vec3{-100, -120, 0});
}

TEST_CASE("slice order: with a tilted gantry the spacing is along the normal, the step is not") {
  const test::NamedGrid tilt{"tilt", {0.7, 0, 0}, {0, 0.64, -0.48}, {0, 0, 2.5}};
  const auto order = order_slices(planes_of(test::geometry_of(tilt, {4, 8, 8})));
  REQUIRE(order);
  CHECK(order->spacing_mm == doctest::Approx(2.5 * 0.8));
  CHECK(order->geometry.step_mm(2)[2] == doctest::Approx(2.5));
}

TEST_CASE("slice order: positions rounded to a tenth of a millimetre are still one stack") {
  CHECK(order_slices(axial({0, 0.6, 1.3, 1.9, 2.5, 3.1, 3.8, 4.4, 5.0})));
}

TEST_CASE("slice order: a stack with missing planes keeps its step, and says what is missing") {
  struct Case {
    std::vector<double> heights;
    std::vector<int> slice;
    std::string says;
  };
  const std::vector<Case> cases{
      {{0, 1, 2, 4, 5},
       {0, 1, 2, 4, 5},
       "1 slice is missing, the most between z positions 2.00 and 4.00 mm (usual step 1.00 mm)"},
      {{0, 2, 10, 12, 14},
       {0, 1, 5, 6, 7},
       "3 slices are missing, the most between z positions 2.00 and 10.00 mm"},
      {{0, 1, 3, 4, 5, 8, 9, 10},
       {0, 1, 3, 4, 5, 8, 9, 10},
       "3 slices are missing, the most between z positions 5.00 and 8.00 mm"},
      // 0.625 mm as a scanner rounds it, one left out.
      {{0, 0.6, 1.3, 1.9, 2.5, 3.8, 4.4, 5.0}, {0, 1, 2, 3, 4, 6, 7, 8}, "1 slice is missing"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.says);
    const auto order = order_slices(axial(c.heights));
    REQUIRE_MESSAGE(order, order.error().message);
    CHECK(order->slice == c.slice);
    CHECK(order->geometry.size[0] == c.slice.back() + 1);
    CHECK(order->spacing_mm == doctest::Approx(c.heights.back() / c.slice.back()));
    CHECK(order->unevenness.find(c.says) != std::string::npos);
  }
  CHECK(order_slices(axial({0, 1, 2}))->unevenness.empty());
}

TEST_CASE("slice order: an uneven stack gets a grid on which each plane has its place") {
  struct Case {
    std::string name;
    std::vector<double> heights;
    double step;
  };
  const std::vector<Case> cases{
      {"half a step more", {0, 1, 2, 4.5, 5.5}, 0.5},
      {"two regions", {0, 1.25, 2.5, 3.75, 5, 10, 15}, 1.25},
      {"5 and 3 mm", {0, 5, 10, 15, 20, 23, 26}, 1},
      {"thin and nearly even", {0, 0.4, 0.8, 1.2, 1.75, 2.15, 2.55, 2.95}, 0.4},
      {"no common step", {0, 3, 6, 9, 12, 16.1, 21.3}, 0.5},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const auto order = order_slices(axial(c.heights));
    REQUIRE_MESSAGE(order, order.error().message);
    CHECK(order->spacing_mm <= c.step + 0.01);
    CHECK(order->spacing_mm > c.step / 2);
    for (std::size_t i = 0; i < c.heights.size(); ++i) {
      CHECK(std::abs(order->slice[i] * order->spacing_mm - c.heights[i]) <= 0.25);
      if (i > 0) CHECK(order->slice[i] > order->slice[i - 1]);
    }
    CHECK(order->unevenness.starts_with(
        c.name == "two regions" ? "6 slices are missing" : "The slices are unevenly spaced"));
    CHECK(order->unevenness.size() <= 200);
  }
}

TEST_CASE("slice order: a tilted stack with missing planes stays on its line") {
  const test::NamedGrid tilt{"tilt", {0.7, 0, 0}, {0, 0.64, -0.48}, {0, 0, 2.5}};
  auto planes = planes_of(test::geometry_of(tilt, {6, 8, 8}));
  planes.erase(planes.begin() + 2, planes.begin() + 4);
  const auto order = order_slices(planes);
  REQUIRE_MESSAGE(order, order.error().message);
  CHECK(order->slice == std::vector<int>{0, 1, 4, 5});
  CHECK(order->geometry.step_mm(2)[2] == doctest::Approx(2.5));
  CHECK(order->geometry.step_mm(2)[1] == doctest::Approx(0));
}

TEST_CASE("slice order: stacks that are not one regular volume are refused with the place") {
  struct Case {
    std::string name;
    std::vector<SlicePlane> planes;
    ErrorCode code;
    std::string says;
  };
  auto mixed_matrix = axial({0, 1, 2});
  mixed_matrix[1].rows = 32;
  auto mixed_orientation = axial({0, 1, 2});
  mixed_orientation[2].column_cosines = {0, 0, -1};
  auto mixed_spacing = axial({0, 1, 2});
  mixed_spacing[2].row_step_mm = 0.81;
  auto sideways = axial({0, 1, 2, 3});
  sideways[2].position[0] += 0.5;
  auto zero_cosines = axial({0, 1});
  zero_cosines[0].row_cosines = {0, 0, 0};
  auto skewed = axial({0, 1});
  skewed[0].column_cosines = {0.6, 0.8, 0};
  auto not_a_number = axial({0, 1});
  not_a_number[1].position[2] = std::numeric_limits<double>::quiet_NaN();
  auto flat = axial({0, 1});
  flat[1].row_step_mm = 0;
  const std::vector<Case> cases{
      {"none", {}, ErrorCode::kUnsupported, "at least two"},
      {"one", axial({5}), ErrorCode::kUnsupported, "1 slice: a volume needs at least two"},
      {"all at one position", axial({5, 5}), ErrorCode::kInvalidInput, "z = 5.00 mm"},
      {"duplicate", axial({0, 1, 2, 2, 3}), ErrorCode::kInvalidInput, "1 slice is at the position"},
      {"two phases", axial({0, 1, 2, 0, 1, 2}), ErrorCode::kInvalidInput, "3 slices are"},
      {"gap too long", axial({0, 1, 2, 12.5, 13.5}), ErrorCode::kUnsupported,
       "between z positions 2.00 and 12.50 mm, 10 slices missing"},
      {"gap too long of thick slices", axial({0, 6, 12, 24, 30}), ErrorCode::kUnsupported,
       "between z positions 12.00 and 24.00 mm, 1 slice missing"},
      {"two stacks", axial({0, 0.4, 1, 1.4, 2, 2.4, 3}), ErrorCode::kUnsupported,
       "irregular slice spacing: between z positions 0.00 and 0.40 mm the step is 0.40 mm"},
      {"two stacks close by", axial({0, 0.2, 5, 5.2, 10, 10.2}), ErrorCode::kUnsupported,
       "irregular slice spacing"},
      {"far apart", axial({0, 1e9, 2.5e9}), ErrorCode::kUnsupported, "cannot be bridged"},
      {"irregular", axial({0, 1, 2.3, 3, 4}), ErrorCode::kUnsupported, "irregular slice spacing"},
      {"matrix", mixed_matrix, ErrorCode::kUnsupported, "64 x 48 and 32 x 48"},
      {"orientation", mixed_orientation, ErrorCode::kUnsupported, "different orientations"},
      {"pixel spacing", mixed_spacing, ErrorCode::kUnsupported, "0.8 x 0.7 and 0.81 x 0.7 mm"},
      {"sideways", sideways, ErrorCode::kUnsupported, "shifted sideways"},
      {"zero cosines", zero_cosines, ErrorCode::kInvalidInput, "unit length"},
      {"skewed", skewed, ErrorCode::kInvalidInput, "right angle"},
      {"not a number", not_a_number, ErrorCode::kInvalidInput, "finite"},
      {"no spacing", flat, ErrorCode::kInvalidInput, "not positive"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const auto order = order_slices(c.planes);
    REQUIRE_FALSE(order);
    CAPTURE(order.error().message);
    CHECK(order.error().code == c.code);
    CHECK(order.error().message.find(c.says) != std::string::npos);
  }
}
