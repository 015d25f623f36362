#include "model/phantom/calibre.h"

#include <doctest/doctest.h>

using namespace hilum::phantom;

TEST_CASE("calibre: passes through its anchors and is monotonic between and beyond them") {
  const CalibreLaw law({{2000, 9}, {200, 2.5}, {2, 0.6}});
  CHECK(law.radius_mm(2000) == doctest::Approx(9));
  CHECK(law.radius_mm(200) == doctest::Approx(2.5));
  CHECK(law.radius_mm(2) == doctest::Approx(0.6));
  double previous = 0;
  for (double ml = 0.1; ml < 2000; ml *= 1.3) {
    CAPTURE(ml);
    CHECK(law.radius_mm(ml) > previous);
    previous = law.radius_mm(ml);
  }
}

TEST_CASE("calibre: a whole lung is the widest, the last slope goes on below") {
  const CalibreLaw law({{1000, 10}, {10, 1}});
  CHECK(law.radius_mm(5000) == doctest::Approx(10));
  CHECK(law.radius_mm(0.1) == doctest::Approx(0.1));
}

TEST_CASE("calibre: bronchial walls are thinner in small bronchi") {
  CHECK(bronchus_wall_mm(0.6, 1) == doctest::Approx(0.316));
  CHECK(bronchus_wall_mm(3.0, 1) == doctest::Approx(0.70));
  CHECK(bronchus_wall_mm(20, 1.1) == doctest::Approx(1.43));
}
