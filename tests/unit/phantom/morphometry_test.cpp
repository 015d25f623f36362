#include "model/phantom/morphometry.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/unit/phantom/population.h"

using namespace hilum;
using namespace hilum::phantom;
using hilum::test::mean_of;
using hilum::test::Member;
using hilum::test::population;

// Published values: model/phantom/README.md names the sources.
// One case, so that the population is grown once.

TEST_CASE("phantom population: 20 patients measure as people do") {
  SUBCASE("lung volumes are those of people") {
    CHECK(mean_of([](const Member& m) { return m.morphometry.lung_ml; }) ==
          doctest::Approx(4468).epsilon(0.15));  // 4468 +- 1271 mL
    for (const Member& m : population()) {
      CAPTURE(m.seed);
      CHECK(m.morphometry.lung_ml > 4468 - 2 * 1271);
      CHECK(m.morphometry.lung_ml < 4468 + 3 * 1271);
    }
  }

  SUBCASE("central arteries have published widths") {
    const double trunk = mean_of([](const Member& m) { return 2 * m.plan.trunk_radius; });
    CHECK(trunk > 25.1 - 2.8);
    CHECK(trunk < 25.1 + 2.8);
    for (const Member& m : population()) {
      CAPTURE(m.seed);
      CHECK(2 * m.plan.right_pa_radius > 12);  // 14.7 +- 2.2 (women) to 16.6 +- 2.8 (men), 2 for CT
      CHECK(2 * m.plan.right_pa_radius < 24);
      CHECK(2 * m.plan.left_pa_radius > 12);
      CHECK(2 * m.plan.left_pa_radius < 24);
    }
  }

  SUBCASE("vessels fill the published share of the lungs, half by veins") {
    // Arteries and veins 125 +- 32 mL in 3705 mL of lung: 34 +- 9 mL per litre.
    const double per_litre = mean_of([](const Member& m) {
      const Morphometry& p = m.morphometry;
      return 1e3 * (p.artery.lung_visible_ml + p.vein.lung_visible_ml) / p.lung_ml;
    });
    CHECK(per_litre > 25);
    CHECK(per_litre < 43);
    const double ratio = mean_of(
        [](const Member& m) { return m.morphometry.artery.lung_ml / m.morphometry.vein.lung_ml; });
    CHECK(ratio > 0.9);
    CHECK(ratio < 1.15);
    for (const Member& m : population()) {
      CAPTURE(m.seed);
      const double own = m.morphometry.artery.lung_ml / m.morphometry.vein.lung_ml;
      CHECK(own > 0.75);
      CHECK(own < 1.33);
    }
  }

  SUBCASE("branches turn and measure as published") {
    for (const Member& m : population()) {
      CAPTURE(m.seed);
      for (const TreeMorphometry& tree : {m.morphometry.artery, m.morphometry.vein}) {
        CHECK(tree.branch_angle > 28 - 15);  // 28 +- 15 degrees
        CHECK(tree.branch_angle < 28 + 15 + 4);
        CHECK(tree.length_to_diameter > 2);  // about 3
        CHECK(tree.length_to_diameter < 4.5);
      }
    }
    const double angle = mean_of([](const Member& m) { return m.morphometry.artery.branch_angle; });
    CHECK(angle < 28 + 15);
  }

  SUBCASE("Strahler orders rise in number and fall in width") {
    for (const Member& m : population()) {
      CAPTURE(m.seed);
      const auto& orders = m.morphometry.artery.orders;
      REQUIRE(orders.size() >= 6);
      REQUIRE(orders.size() <= 10);
      for (std::size_t o = 0; o + 2 < orders.size(); ++o) {
        CHECK(orders[o].count > orders[o + 1].count);
        CHECK(orders[o].diameter_mm < orders[o + 1].diameter_mm);
      }
      // Branching ratio over the five thinnest orders: 2.7, published 3.0-3.3 (casts).
      const double branching = std::pow(1.0 * orders[0].count / orders[4].count, 1.0 / 4);
      CHECK(branching > 2.3);
      CHECK(branching < 3.3);
    }
  }

  SUBCASE("veins run between the arteries") {
    for (const Member& m : population()) {
      CAPTURE(m.seed);
      CHECK(m.morphometry.vein_to_artery_mm > 5.5);
      CHECK(m.morphometry.vein_to_artery_mm < 12);
      CHECK(m.morphometry.lung_to_artery_mm > m.morphometry.vein_to_artery_mm);
    }
  }

  SUBCASE("no two patients agree") {
    const auto& all = population();
    for (std::size_t a = 0; a < all.size(); ++a) {
      for (std::size_t b = a + 1; b < all.size(); ++b) {
        CAPTURE(all[a].seed);
        CAPTURE(all[b].seed);
        CHECK(std::abs(all[a].morphometry.lung_ml - all[b].morphometry.lung_ml) > 1e-3);
        CHECK(std::abs(all[a].plan.size - all[b].plan.size) > 1e-9);
        CHECK(all[a].artery.size() != all[b].artery.size());
      }
    }
  }

  SUBCASE("an artery class is one tree, a vein class two or three") {
    int checked = 0;
    int whole = 0;
    for (const Member& m : population()) {
      if (m.components[kLeftArtery].empty()) continue;
      for (std::uint8_t label = kLeftArtery; label <= kRightVein; ++label) {
        CAPTURE(m.seed);
        CAPTURE(int{label});
        const std::vector<int>& sizes = m.components[label];
        const std::size_t trees = label == kLeftVein || label == kRightVein ? 3 : 1;
        REQUIRE(sizes.size() >= trees - 1);
        const auto last =
            sizes.begin() + static_cast<std::ptrdiff_t>(std::min(trees, sizes.size()));
        const double all = std::accumulate(sizes.begin(), sizes.end(), 0.0);
        const double share = std::accumulate(sizes.begin(), last, 0.0) / all;
        CHECK(share > 0.85);  // a vein may cut off a segment where it crosses an artery
        CHECK(sizes.size() <= 30);
        ++checked;
        whole += share > 0.95 ? 1 : 0;
      }
    }
    CHECK(checked >= 24);
    CHECK(whole >= 0.9 * checked);
  }
}
