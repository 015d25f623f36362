#include "model/evaluate/centreline_scores.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "model/thinning.h"
#include "tests/unit/model/shapes.h"

using namespace hilum;
using namespace hilum::model::evaluate;
using doctest::Approx;

namespace {

double mean(const std::vector<float>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// A straight vessel along x through the middle of the grid, from x0 to x1 in mm.
Mask vessel(const Grid& grid, double radius_mm, double x0, double x1) {
  const double z0 = (grid.size[0] - 1) / 2.0 * grid.step_mm[0];
  const double y0 = (grid.size[1] - 1) / 2.0 * grid.step_mm[1];
  return test::mask_where(grid, [=](double z, double y, double x) {
    return x >= x0 && x <= x1 && std::hypot(z - z0, y - y0) <= radius_mm;
  });
}

}  // namespace

TEST_CASE("diameter: that of a tube, within a voxel") {
  const Grid grid{{41, 41, 80}, {0.5, 0.5, 0.5}};
  for (const double radius : {1.0, 2.0, 3.0, 6.0, 8.0}) {
    CAPTURE(radius);
    const Mask tube = vessel(grid, radius, 0, 40);
    const auto found = diameters_mm(tube, centreline(tube));
    CHECK(found.size() == test::voxels_of(tube));
    CHECK(mean(found) == Approx(2 * radius).epsilon(0.01 + 0.5 / radius / 2));
  }
}

TEST_CASE("diameter: each voxel has that of the part it belongs to, on an uneven grid") {
  // 10 mm wide up to x = 40, then 3 mm.
  const Grid grid{{25, 41, 160}, {0.8, 0.5, 0.5}};
  const double z0 = 12 * 0.8;
  const double y0 = 20 * 0.5;
  const Mask tube = test::mask_where(grid, [=](double z, double y, double x) {
    return std::hypot(z - z0, y - y0) <= (x < 40 ? 5 : 1.5);
  });
  const auto found = diameters_mm(tube, centreline(tube));
  std::vector<float> thick;
  std::vector<float> thin;
  auto next = found.begin();
  for (std::size_t i = 0; i < tube.voxel.size(); ++i) {
    if (tube.voxel[i] == 0) continue;
    const double x = static_cast<double>(i % 160) * 0.5;
    if (x > 8 && x < 32) thick.push_back(*next);
    if (x > 48) thin.push_back(*next);
    ++next;
  }
  CHECK(mean(thick) == Approx(10).epsilon(0.08));
  CHECK(mean(thin) == Approx(3).epsilon(0.2));
}

TEST_CASE("diameter: a single voxel is one step wide, also at the grid's end") {
  Mask mask = test::random_mask({{3, 3, 3}, {2, 1, 1}}, 0, 1);
  mask.voxel[0] = 1;
  CHECK(diameters_mm(mask, mask) == std::vector<float>{1.0F});
}

TEST_CASE("centreline Dice: one for equal masks, and a thinner mask is no worse") {
  const Grid grid{{31, 31, 60}, {1, 1, 1}};
  const Mask thick = vessel(grid, 6, 0, 59);
  const Mask thin = vessel(grid, 3, 0, 59);
  CHECK(centreline_dice(thick, centreline(thick), thick, centreline(thick)) == Approx(1));
  CHECK(centreline_dice(thin, centreline(thin), thick, centreline(thick)) == Approx(1));
}

TEST_CASE("centreline Dice: a missing half of the length costs sensitivity alone") {
  const Grid grid{{15, 15, 100}, {1, 1, 1}};
  const Mask whole = vessel(grid, 2, 0, 99);
  const Mask half = vessel(grid, 2, 0, 49);
  // Precision 1, sensitivity 1/2: harmonic mean 2/3.
  CHECK(centreline_dice(half, centreline(half), whole, centreline(whole)) ==
        Approx(2.0 / 3).epsilon(0.02));
}

TEST_CASE("centreline Dice: nothing in common and nothing at all are zero") {
  const Grid grid{{15, 15, 40}, {1, 1, 1}};
  const Mask left = vessel(grid, 2, 0, 10);
  const Mask right = vessel(grid, 2, 20, 39);
  const Mask none = test::random_mask(grid, 0, 1);
  CHECK(centreline_dice(left, centreline(left), right, centreline(right)) == 0);
  CHECK(centreline_dice(none, none, right, centreline(right)) == 0);
}
