#include "model/thinning.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <vector>

#include "tests/unit/model/shapes.h"

using namespace hilum;
using namespace hilum::model;

namespace {

struct Topology {
  int objects = 0;
  int cavities = 0;
  int euler = 0;  ///< of the union of closed voxel cubes, which are 26-connected
  bool operator==(const Topology&) const = default;
};

Mask framed(const Mask& mask) {
  Mask wide{.grid = mask.grid, .voxel = {}};
  for (int& edge : wide.grid.size) edge += 2;
  wide.voxel.assign(wide.grid.voxel_count(), 0);
  for (int z = 0; z < mask.grid.size[0]; ++z) {
    for (int y = 0; y < mask.grid.size[1]; ++y) {
      for (int x = 0; x < mask.grid.size[2]; ++x) {
        wide.voxel[wide.grid.index(z + 1, y + 1, x + 1)] = mask.voxel[mask.grid.index(z, y, x)];
      }
    }
  }
  return wide;
}

/// Components of the voxels of `value`; neighbours differ by at most `reach` in the sum of offsets.
int components(const Mask& mask, std::uint8_t value, int reach) {
  std::vector<std::uint8_t> seen(mask.voxel.size(), 0);
  const auto& size = mask.grid.size;
  int count = 0;
  for (std::size_t start = 0; start < mask.voxel.size(); ++start) {
    if (mask.voxel[start] != value || seen[start] != 0) continue;
    ++count;
    std::vector<std::size_t> open{start};
    seen[start] = 1;
    while (!open.empty()) {
      const auto at = static_cast<int>(open.back());
      open.pop_back();
      const std::array<int, 3> p{at / size[2] / size[1], at / size[2] % size[1], at % size[2]};
      for (int n = 0; n < 27; ++n) {
        const std::array<int, 3> d{n / 9 - 1, n / 3 % 3 - 1, n % 3 - 1};
        if (std::abs(d[0]) + std::abs(d[1]) + std::abs(d[2]) > reach) continue;
        const std::array<int, 3> q{p[0] + d[0], p[1] + d[1], p[2] + d[2]};
        bool inside = true;
        for (std::size_t i = 0; i < 3; ++i) inside = inside && q[i] >= 0 && q[i] < size[i];
        if (!inside) continue;
        const std::size_t next = mask.grid.index(q[0], q[1], q[2]);
        if (mask.voxel[next] != value || seen[next] != 0) continue;
        seen[next] = 1;
        open.push_back(next);
      }
    }
  }
  return count;
}

/// Vertices - edges + faces - cubes of the closed cubes: each cell of the doubled grid is there
/// when a voxel that it belongs to is.
int euler(const Mask& wide) {
  const auto& size = wide.grid.size;
  int sum = 0;
  for (int z = 1; z < 2 * size[0] - 1; ++z) {
    for (int y = 1; y < 2 * size[1] - 1; ++y) {
      for (int x = 1; x < 2 * size[2] - 1; ++x) {
        // Odd: the voxel (z - 1) / 2 itself; even: between two voxels.
        bool there = false;
        for (int corner = 0; corner < 8 && !there; ++corner) {
          const auto voxel = [](int at, int bit) {
            return at % 2 == 1 ? (at - 1) / 2 : at / 2 - bit;
          };
          there = wide.voxel[wide.grid.index(voxel(z, corner >> 2), voxel(y, corner >> 1 & 1),
                                             voxel(x, corner & 1))] != 0;
        }
        if (there) sum += (z % 2 + y % 2 + x % 2) % 2 == 0 ? 1 : -1;
      }
    }
  }
  return sum;
}

Topology topology(const Mask& mask) {
  const Mask wide = framed(mask);
  return {.objects = components(wide, 1, 3),
          .cavities = components(wide, 0, 1) - 1,
          .euler = euler(wide)};
}

bool is_subset(const Mask& part, const Mask& whole) {
  for (std::size_t i = 0; i < part.voxel.size(); ++i) {
    if (part.voxel[i] > whole.voxel[i]) return false;
  }
  return true;
}

Mask tube(const Grid& grid, double radius_mm) {
  const double middle_y = (grid.size[1] - 1) / 2.0 * grid.step_mm[1];
  const double middle_x = (grid.size[2] - 1) / 2.0 * grid.step_mm[2];
  const double end = (grid.size[0] - 6) * grid.step_mm[0];
  return test::mask_where(grid, [=](double z, double y, double x) {
    return z >= 5 * grid.step_mm[0] && z < end &&
           std::hypot(y - middle_y, x - middle_x) <= radius_mm;
  });
}

}  // namespace

TEST_CASE("thinning: the test's own topology counts right") {
  const Grid grid{{5, 5, 5}, {1, 1, 1}};
  Mask mask = test::random_mask(grid, 0, 1);
  CHECK(topology(mask) == Topology{0, 0, 0});
  mask.voxel[grid.index(0, 0, 0)] = 1;
  CHECK(topology(mask) == Topology{1, 0, 1});
  mask.voxel[grid.index(1, 1, 1)] = 1;  // joined at a corner
  CHECK(topology(mask) == Topology{1, 0, 1});
  const Mask hollow = test::mask_where(grid, [](double z, double y, double x) {
    return std::max({std::abs(z - 2), std::abs(y - 2), std::abs(x - 2)}) == 1;
  });
  CHECK(topology(hollow) == Topology{1, 1, 2});
  const Mask ring = test::mask_where(grid, [](double z, double y, double x) {
    return z == 2 && std::max(std::abs(y - 2), std::abs(x - 2)) == 1;
  });
  CHECK(topology(ring) == Topology{1, 0, 0});
}

TEST_CASE("thinning: keeps components, holes and cavities, is a subset, and thins no further") {
  unsigned seed = 100;
  for (const double density : {0.05, 0.2, 0.35, 0.5, 0.7, 0.9, 0.98}) {
    for (int round = 0; round < 12; ++round) {
      CAPTURE(density);
      const Mask mask = test::random_mask({{7, 8, 9}, {1, 1, 1}}, density, seed++);
      const Mask line = centreline(mask);
      REQUIRE(is_subset(line, mask));
      REQUIRE(topology(line) == topology(mask));
      REQUIRE(centreline(line).voxel == line.voxel);
    }
  }
}

TEST_CASE("thinning: a ball becomes a point or nearly, a full block too") {
  const Grid grid{{21, 21, 21}, {1, 1, 1}};
  const Mask ball = test::mask_where(
      grid, [](double z, double y, double x) { return std::hypot(z - 10, y - 10, x - 10) <= 8; });
  const Mask point = centreline(ball);
  CHECK(test::voxels_of(point) <= 3);
  CHECK(point.voxel[grid.index(10, 10, 10)] == 1);
  const Mask block = test::mask_where(grid, [](double, double, double) { return true; });
  CHECK(topology(centreline(block)) == Topology{1, 0, 1});
}

TEST_CASE("thinning: lines that are two voxels wide keep their length in every direction") {
  const Grid grid{{24, 24, 24}, {1, 1, 1}};
  for (std::size_t along = 0; along < 3; ++along) {
    for (const int wide : {1, 2}) {
      for (const int high : {1, 2}) {
        CAPTURE(along);
        const Mask bar = test::mask_where(grid, [=](double z, double y, double x) {
          const std::array<double, 3> p{z, y, x};
          const double u = p[(along + 1) % 3] - 10;
          const double v = p[(along + 2) % 3] - 10;
          return p[along] >= 2 && p[along] < 22 && u >= 0 && u < wide && v >= 0 && v < high;
        });
        const std::size_t length = test::voxels_of(centreline(bar));
        CHECK(length >= 18);  // an end that is two wide may lose its last layer
        CHECK(length <= 20);
      }
    }
  }
}

TEST_CASE("thinning: a tube becomes its axis") {
  const Grid grid{{60, 25, 25}, {1, 1, 1}};
  for (const double radius : {1.0, 2.0, 3.4, 5.0, 8.3}) {
    CAPTURE(radius);
    const Mask vessel = tube(grid, radius);
    const Mask line = centreline(vessel);
    CHECK(topology(line) == Topology{1, 0, 1});
    int far = 0;
    for (int z = 5; z < 54; ++z) {
      int in_slice = 0;
      for (int y = 0; y < 25; ++y) {
        for (int x = 0; x < 25; ++x) {
          if (line.voxel[grid.index(z, y, x)] == 0) continue;
          ++in_slice;
          if (std::hypot(y - 12, x - 12) > 1.5) ++far;
        }
      }
      // The ends are caps, from which the axis may start later.
      if (z >= 5 + radius && z < 54 - radius) CHECK(in_slice == 1);
    }
    CHECK(far == 0);
  }
}

TEST_CASE("thinning: a torus becomes a closed ring") {
  const Grid grid{{15, 41, 41}, {1, 1, 1}};
  const Mask torus = test::mask_where(grid, [](double z, double y, double x) {
    return std::hypot(std::hypot(y - 20, x - 20) - 13, z - 7) <= 4;
  });
  const Mask ring = centreline(torus);
  CHECK(topology(ring) == Topology{1, 0, 0});
  const double length = 2 * std::numbers::pi * 13;
  CHECK(static_cast<double>(test::voxels_of(ring)) > 0.7 * length);
  CHECK(static_cast<double>(test::voxels_of(ring)) < 1.2 * length);
}

TEST_CASE("thinning: empty and single voxels stay") {
  const Grid grid{{3, 3, 3}, {1, 1, 1}};
  Mask mask = test::random_mask(grid, 0, 1);
  CHECK(test::voxels_of(centreline(mask)) == 0);
  mask.voxel[0] = 1;
  CHECK(centreline(mask).voxel == mask.voxel);
}
