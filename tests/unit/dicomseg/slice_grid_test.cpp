#include "dicomseg/slice_grid.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace hilum::dicomseg;

namespace {

/// Every plane has a slice of its own, at most `off_mm` from its place.
void check_fits(const std::vector<double>& along, const SliceGrid& grid, double off_mm) {
  REQUIRE(grid.slice.size() == along.size());
  CHECK(grid.slice.front() == 0);
  for (std::size_t i = 0; i < along.size(); ++i) {
    CHECK(std::abs(along.front() + grid.slice[i] * grid.step_mm - along[i]) <= off_mm + 1e-9);
    if (i > 0) CHECK(grid.slice[i] > grid.slice[i - 1]);
  }
}

}  // namespace

TEST_CASE("slice grid: an even stack has its mean step, and a slice for every plane") {
  const std::vector<double> rounded{-3, -2.4, -1.7, -1.1, -0.5, 0.1, 0.8, 1.4, 2};
  const auto grid = even_stack(rounded);
  REQUIRE(grid);
  CHECK(grid->step_mm == doctest::Approx(0.625));
  CHECK(grid->slices() == 9);
  check_fits(rounded, *grid, kSpacingTolerance * grid->step_mm);
}

TEST_CASE("slice grid: a plane that is off by more than a tenth of the step makes it uneven") {
  CHECK(even_stack(std::vector<double>{0, 1, 2.09, 3}));
  CHECK_FALSE(even_stack(std::vector<double>{0, 1, 2.11, 3}));
  CHECK_FALSE(even_stack(std::vector<double>{0, 1, 3, 4}));
}

TEST_CASE("slice grid: missing planes leave the step, other steps are divided") {
  const auto steps_of_grid = [](const std::vector<double>& along) {
    const SliceGrid grid = even_grid(along);
    check_fits(along, grid, kSpacingTolerance * grid.step_mm);
    return grid.slice;
  };
  CHECK(steps_of_grid({0, 2, 4, 8, 10}) == std::vector<int>{0, 1, 2, 4, 5});
  CHECK(steps_of_grid({0, 2, 4, 7, 9}) == std::vector<int>{0, 2, 4, 7, 9});
  CHECK(steps_of_grid({0, 3, 6, 9, 10, 13}) == std::vector<int>{0, 3, 6, 9, 10, 13});
}

TEST_CASE("slice grid: planes that fit no coarse grid get one that is fine enough") {
  for (const std::vector<double>& along :
       {std::vector<double>{0, 3, 6, 9.27, 12, 16.13}, {0, 0.4, 0.8, 1.13, 1.53, 1.93}}) {
    const SliceGrid grid = even_grid(along);
    CHECK(grid.step_mm <= kFinestStepMm);
    check_fits(along, grid, grid.step_mm / 2);
  }
}

TEST_CASE("slice grid: the usual step is the median") {
  CHECK(usual_step(steps_of(std::vector<double>{0, 1, 2, 9, 10})) == 1);
}
