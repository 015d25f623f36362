#include "model/phantom/rng.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

using namespace hilum::phantom;

TEST_CASE("phantom rng: keeps its sequence, so that a seed stays the same patient") {
  Rng rng(5, "anatomy");
  CHECK(rng.next() == 1766318738667032006U);
  CHECK(rng.next() == 15813023545137713017U);
  CHECK(rng.uniform() == doctest::Approx(0.80541127914096955).epsilon(1e-12));
  CHECK(rng.normal() == doctest::Approx(-0.0010015123838845884).epsilon(1e-12));
}

TEST_CASE("phantom rng: neither neighbouring seeds nor streams share values") {
  constexpr int kSeeds = 40;
  constexpr int kDraws = 200;
  std::set<std::uint64_t> values;
  for (int seed = 0; seed < kSeeds; ++seed) {
    for (const char* stream : {"anatomy", "trees"}) {
      Rng rng(static_cast<std::uint64_t>(seed), stream);
      for (int i = 0; i < kDraws; ++i) values.insert(rng.next());
    }
  }
  CHECK(values.size() == 2 * kSeeds * kDraws);
}

TEST_CASE("phantom rng: distributions have the moments they promise") {
  constexpr int kDraws = 100000;
  Rng rng(1, "moments");
  double normal = 0, normal2 = 0, noise = 0, noise2 = 0, uniform = 0;
  double widest = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double a = rng.normal();
    const double b = rng.noise();
    normal += a;
    normal2 += a * a;
    noise += b;
    noise2 += b * b;
    uniform += rng.uniform(2, 4);
    widest = std::max(widest, std::abs(rng.normal(10, 3) - 10));
  }
  CHECK(std::abs(normal / kDraws) < 0.015);
  CHECK(normal2 / kDraws == doctest::Approx(1).epsilon(0.02));
  CHECK(std::abs(noise / kDraws) < 0.015);
  CHECK(noise2 / kDraws == doctest::Approx(1).epsilon(0.02));
  CHECK(uniform / kDraws == doctest::Approx(3).epsilon(0.005));
  CHECK(widest <= 6);
  CHECK(widest > 5.5);
}

TEST_CASE("phantom rng: indices stay in range and reach every value") {
  Rng rng(2, "index");
  std::set<int> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(rng.index(7));
  CHECK(seen == std::set<int>{0, 1, 2, 3, 4, 5, 6});
}
