#include "model/distance_transform.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/unit/model/shapes.h"

using namespace hilum;
using namespace hilum::model;

namespace {

double distance_between(const Grid& grid, std::size_t a, std::size_t b) {
  const auto nx = static_cast<std::size_t>(grid.size[2]);
  const auto ny = static_cast<std::size_t>(grid.size[1]);
  const auto part = [&](std::size_t u, std::size_t v, double step) {
    return (static_cast<double>(u) - static_cast<double>(v)) * step;
  };
  return std::hypot(part(a % nx, b % nx, grid.step_mm[2]),
                    part(a / nx % ny, b / nx % ny, grid.step_mm[1]),
                    part(a / nx / ny, b / nx / ny, grid.step_mm[0]));
}

double by_trying_all(const Mask& sites, std::size_t at) {
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < sites.voxel.size(); ++i) {
    if (sites.voxel[i] != 0) best = std::min(best, distance_between(sites.grid, at, i));
  }
  return best;
}

}  // namespace

TEST_CASE("distance transform: equals the search over all sites, whatever the steps") {
  const std::vector<Grid> grids{{{7, 9, 11}, {1, 1, 1}},
                                {{5, 12, 8}, {2.5, 0.7, 0.71}},
                                {{13, 4, 6}, {0.3, 1.9, 5}},
                                {{1, 1, 20}, {1, 1, 0.5}},
                                {{20, 1, 1}, {0.5, 1, 1}}};
  unsigned seed = 1;
  for (const Grid& grid : grids) {
    for (const double density : {0.01, 0.1, 0.6}) {
      Mask sites = test::random_mask(grid, density, seed++);
      sites.voxel[sites.voxel.size() / 2] = 1;
      const auto distance = distance_mm(sites);
      const auto nearest = nearest_site(sites);
      for (std::size_t i = 0; i < sites.voxel.size(); ++i) {
        const double expected = by_trying_all(sites, i);
        REQUIRE(distance[i] == doctest::Approx(expected).epsilon(1e-5));
        REQUIRE(nearest[i] >= 0);
        const auto site = static_cast<std::size_t>(nearest[i]);
        REQUIRE(sites.voxel[site] == 1);
        REQUIRE(distance_between(grid, i, site) == doctest::Approx(expected).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("distance transform: without sites everything is infinitely far") {
  const Mask none = test::random_mask({{3, 4, 5}, {1, 1, 1}}, 0, 1);
  for (const float d : distance_mm(none)) CHECK(std::isinf(d));
  for (const auto site : nearest_site(none)) CHECK(site == -1);
}
