#include "model/phantom/phantom.h"

#include <doctest/doctest.h>

#include <map>

#include "tests/unit/phantom/components.h"

using namespace hilum;
using namespace hilum::phantom;

namespace {

/// Coarse phantoms, made once per seed: the patient is the same as at 1.5 mm.
const Phantom& coarse(std::uint64_t seed) {
  static std::map<std::uint64_t, Phantom> made;
  const auto found = made.find(seed);
  if (found != made.end()) return found->second;
  PhantomOptions options;
  options.seed = seed;
  options.spacing_mm = 3;
  options.size = {100, 100, 120};
  return made.emplace(seed, make_phantom(options)).first->second;
}

/// Without disease and at the default size.
const Phantom& fine() {
  static const Phantom phantom = [] {
    PhantomOptions options;
    options.seed = 12;
    options.phase = Phase::kPulmonaryArtery;
    options.disease = PhantomOptions::Disease::kNone;
    options.scanner = PhantomOptions::Scanner::kReference;
    return make_phantom(options);
  }();
  return phantom;
}

constexpr std::uint64_t kSeeds[] = {1, 2, 5, 7};

/// Mean HU of the voxels of two labels that lie deep inside a vessel: all neighbours alike.
double core_hu(const Phantom& p, std::uint8_t left, std::uint8_t right) {
  const Geometry& g = p.ct.geometry;
  double sum = 0;
  int count = 0;
  for (int z = 1; z + 1 < g.size[0]; ++z) {
    for (int y = 1; y + 1 < g.size[1]; ++y) {
      for (int x = 1; x + 1 < g.size[2]; ++x) {
        const auto is = [&](int dz, int dy, int dx) {
          const std::uint8_t v = p.truth.label[g.index(z + dz, y + dy, x + dx)];
          return v == left || v == right;
        };
        if (!is(0, 0, 0) || !is(1, 0, 0) || !is(-1, 0, 0) || !is(0, 1, 0) || !is(0, -1, 0) ||
            !is(0, 0, 1) || !is(0, 0, -1)) {
          continue;
        }
        sum += p.ct.hu[g.index(z, y, x)];
        ++count;
      }
    }
  }
  return sum / std::max(1, count);
}

}  // namespace

TEST_CASE("phantom: equal options give equal volumes") {
  PhantomOptions options;
  options.seed = 7;
  options.spacing_mm = 3;
  options.size = {100, 100, 120};
  const Phantom again = make_phantom(options);
  CHECK(again.ct.hu == coarse(7).ct.hu);
  CHECK(again.truth.label == coarse(7).truth.label);
  CHECK(again.lung == coarse(7).lung);
}

TEST_CASE("phantom: any two seeds give different patients") {
  for (const std::uint64_t a : kSeeds) {
    for (const std::uint64_t b : kSeeds) {
      if (a >= b) continue;
      CAPTURE(a);
      CAPTURE(b);
      CHECK(std::abs(coarse(a).morphometry.lung_ml - coarse(b).morphometry.lung_ml) > 0.1);
      CHECK(coarse(a).truth.label != coarse(b).truth.label);
      CHECK(coarse(a).ct.hu != coarse(b).ct.hu);
    }
  }
}

TEST_CASE("phantom: a patient who was scanned before gives the same volume") {
  const Patient patient = grow_patient(1);
  PhantomOptions options;
  options.spacing_mm = 3;
  options.size = {100, 100, 120};
  CHECK(scan_patient(patient, options).ct.hu == coarse(1).ct.hu);
  CHECK(scan_patient(patient, options).truth.label == coarse(1).truth.label);
}

TEST_CASE("phantom: the patient does not depend on spacing, field of view or phase") {
  PhantomOptions options;
  options.seed = 5;
  options.spacing_mm = 6;
  options.size = {30, 40, 50};
  options.phase = Phase::kAortic;
  const Morphometry small = make_phantom(options).morphometry;
  const Morphometry& usual = coarse(5).morphometry;
  CHECK(small.lung_ml == usual.lung_ml);
  CHECK(small.artery.lung_ml == usual.artery.lung_ml);
  CHECK(small.vein.lung_ml == usual.vein.lung_ml);
}

TEST_CASE("phantom: lies in LPS with its window centred on the carina's neighbourhood") {
  const Geometry& g = coarse(1).ct.geometry;
  CHECK(g.size == std::array<int, 3>{100, 100, 120});
  const Vec3 first = g.to_lps({0, 0, 0});
  CHECK(first[0] == doctest::Approx(-178.5));
  CHECK(first[1] == doctest::Approx(-140.5));
  CHECK(first[2] == doctest::Approx(-170.5));
  CHECK(g.step_mm(0) == Vec3{3, 0, 0});
  CHECK(g.step_mm(2) == Vec3{0, 0, 3});
}

TEST_CASE("phantom: all four classes are there, on their sides") {
  for (const std::uint64_t seed : kSeeds) {
    const Phantom& p = coarse(seed);
    const Geometry& g = p.truth.geometry;
    std::array<int, 5> count{};
    std::array<int, 5> on_left{};
    for (std::size_t i = 0; i < p.truth.label.size(); ++i) {
      const std::uint8_t label = p.truth.label[i];
      REQUIRE(label <= kRightVein);
      const int x = static_cast<int>(i % static_cast<std::size_t>(g.size[2]));
      ++count[label];
      if (g.to_lps({static_cast<double>(x), 0, 0})[0] > 0) ++on_left[label];
    }
    CAPTURE(seed);
    for (const std::uint8_t label : {kLeftArtery, kLeftVein, kRightArtery, kRightVein}) {
      CAPTURE(int{label});
      CHECK(count[label] > 250);  // vessels of at least 3 mm
      const double left_share = static_cast<double>(on_left[label]) / count[label];
      if (label == kLeftArtery || label == kLeftVein) {
        CHECK(left_share > 0.98);
      } else {
        CHECK(left_share < 0.3);  // the right artery starts left of the midline
      }
    }
  }
}

TEST_CASE("phantom: the truth holds what voxels of its size can show") {
  CHECK(thinnest_label_mm({.spacing_mm = 1.0}) == doctest::Approx(1.2));
  CHECK(thinnest_label_mm({.spacing_mm = 1.5}) == doctest::Approx(1.5));
  CHECK(thinnest_label_mm({.spacing_mm = 2.5}) == doctest::Approx(2.5));
  PhantomOptions options;
  options.seed = 5;
  options.spacing_mm = 3;
  options.size = {100, 100, 120};
  options.smallest_label_mm = 4;
  const Phantom wide_only = make_phantom(options);
  CHECK(wide_only.morphometry.label_ml[kLeftArtery] <
        0.9 * coarse(5).morphometry.label_ml[kLeftArtery]);
  options.smallest_label_mm = 2;  // a voxel is the least anyhow
  CHECK(make_phantom(options).truth.label == coarse(5).truth.label);
}

TEST_CASE("phantom: label volumes are plausible") {
  for (const std::uint8_t label : {kLeftArtery, kLeftVein, kRightArtery, kRightVein}) {
    CAPTURE(int{label});
    CHECK(fine().morphometry.label_ml[label] > 25);
    CHECK(fine().morphometry.label_ml[label] < 130);
  }
}

TEST_CASE("phantom: arteries do not run through the heart") {
  const Phantom& p = fine();
  const Geometry& g = p.truth.geometry;
  const Anatomy anatomy = build_anatomy(12);
  constexpr double kEpicardialFatMm = 3;
  int arteries = 0;
  int in_heart = 0;
  for (int z = 0; z < g.size[0]; ++z) {
    for (int y = 0; y < g.size[1]; ++y) {
      for (int x = 0; x < g.size[2]; ++x) {
        const std::uint8_t label = p.truth.label[g.index(z, y, x)];
        if (label != kLeftArtery && label != kRightArtery) continue;
        const Vec3 at = g.to_lps({1.0 * x, 1.0 * y, 1.0 * z});
        ++arteries;
        if (anatomy.heart.at({at[0], at[1], at[2]}) < -kEpicardialFatMm) ++in_heart;
      }
    }
  }
  CHECK(in_heart < 0.01 * arteries);
}

TEST_CASE("phantom: the trunk joins the truth on request, the image stays") {
  PhantomOptions options;
  options.seed = 7;
  options.spacing_mm = 3;
  options.size = {100, 100, 120};
  options.trunk = PhantomOptions::Trunk::kLeft;
  const Phantom p = make_phantom(options);
  const Phantom& usual = coarse(7);
  CHECK(p.ct.hu == usual.ct.hu);
  const double trunk_ml =
      p.morphometry.label_ml[kLeftArtery] - usual.morphometry.label_ml[kLeftArtery];
  CHECK(trunk_ml > 8);
  CHECK(trunk_ml < 45);
  CHECK(p.morphometry.label_ml[kRightArtery] == usual.morphometry.label_ml[kRightArtery]);
}

TEST_CASE("phantom: vessels lie in the lungs or at the hilum") {
  const Phantom& p = fine();
  int labelled = 0;
  int in_lung = 0;
  for (std::size_t i = 0; i < p.truth.label.size(); ++i) {
    if (p.truth.label[i] == 0) continue;
    ++labelled;
    if (p.lung[i] != 0) ++in_lung;
  }
  CHECK(static_cast<double>(in_lung) / labelled > 0.70);
}

TEST_CASE("phantom: sizes are those of people") {
  for (const std::uint64_t seed : kSeeds) {
    const Morphometry& m = coarse(seed).morphometry;
    CAPTURE(seed);
    CHECK(m.lung_ml > 2300);
    CHECK(m.lung_ml < 8500);
    const double ratio = m.artery.lung_ml / m.vein.lung_ml;
    CHECK(ratio > 0.8);
    CHECK(ratio < 1.25);
    CHECK(m.artery.lung_ml / m.lung_ml > 0.015);
    CHECK(m.artery.lung_ml / m.lung_ml < 0.05);
    CHECK(m.vein_to_artery_mm > 5.5);
    CHECK(m.artery.orders.size() >= 7);
    for (std::size_t o = 0; o + 2 < m.artery.orders.size(); ++o) {
      CHECK(m.artery.orders[o].count > m.artery.orders[o + 1].count);
      CHECK(m.artery.orders[o].diameter_mm < m.artery.orders[o + 1].diameter_mm);
    }
  }
}

TEST_CASE("phantom: a class is a few large trees, not crumbs") {
  const Phantom& p = fine();
  for (const std::uint8_t label : {kLeftArtery, kLeftVein, kRightArtery, kRightVein}) {
    const std::vector<int> sizes = test::components(p.truth.label, p.truth.geometry.size, label);
    int all = 0;
    int large = 0;
    for (const int size : sizes) {
      all += size;
      if (size > 1000) large += size;
    }
    CAPTURE(int{label});
    CHECK(sizes.size() <= 40);
    CHECK(large > 0.97 * all);
  }
}

TEST_CASE("phantom: contrast phases order the blood as they should") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Rng rng(seed, "appearance");
    const TissueHu ctpa = sample_tissue(Phase::kPulmonaryArtery, rng);
    const TissueHu aortic = sample_tissue(Phase::kAortic, rng);
    const TissueHu plain = sample_tissue(Phase::kNonContrast, rng);
    const TissueHu any = sample_tissue(std::nullopt, rng);
    REQUIRE(ctpa.artery > 1.15 * ctpa.vein);
    REQUIRE(aortic.vein > 1.09 * aortic.artery);
    REQUIRE(std::abs(plain.artery - plain.vein) < 10);
    REQUIRE(any.artery > 25);
    REQUIRE(any.fat < any.muscle);
  }
}

TEST_CASE("phantom: the image shows the sampled densities") {
  const Phantom& p = fine();
  const double artery = core_hu(p, kLeftArtery, kRightArtery);
  const double vein = core_hu(p, kLeftVein, kRightVein);
  CHECK(artery > vein);
  CHECK(artery == doctest::Approx(p.tissue.artery).epsilon(0.3));
  CHECK(p.ct.hu.front() < -850);  // room air
}
