#include "pipeline/domain/volume.h"

#include <doctest/doctest.h>

using namespace hilum;

TEST_CASE("geometry: indices are slice-major with x fastest, positions are in LPS millimetres") {
  Geometry g;
  g.size = {2, 3, 4};
  g.voxel_to_lps = {0.5, 0, 0, -10, 0, 0.6, 0, -20, 0, 0.1, 2, 30, 0, 0, 0, 1};
  CHECK(g.voxel_count() == 24);
  CHECK(g.index(1, 2, 3) == 23);
  CHECK(g.index(1, 0, 0) == 12);
  const Vec3 p = g.to_lps({2, 1, 1});
  CHECK(p[0] == doctest::Approx(-9.0));
  CHECK(p[1] == doctest::Approx(-19.4));
  CHECK(p[2] == doctest::Approx(32.1));
  CHECK(g.step_mm(1)[2] == doctest::Approx(0.1));
  CHECK(g.voxel_ml() == doctest::Approx(0.5 * 0.6 * 2 / 1000));
}
