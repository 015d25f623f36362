// What each variation does to the volume.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "model/phantom/structure.h"
#include "model/phantom/variation.h"

using namespace hilum;
using namespace hilum::phantom;

namespace {

PhantomOptions plain() {
  PhantomOptions options;
  options.seed = 7;
  options.phase = Phase::kPulmonaryArtery;
  options.disease = PhantomOptions::Disease::kNone;
  options.scanner = PhantomOptions::Scanner::kReference;
  options.spacing_mm = 4;
  options.size = {75, 75, 90};
  return options;
}

const Patient& patient() {
  static const Patient grown = grow_patient(plain().seed);
  return grown;
}

const Phantom& usual() {
  static const Phantom phantom = scan_patient(patient(), plain());
  return phantom;
}

Phantom varied(const std::function<void(PhantomOptions&)>& change) {
  PhantomOptions options = plain();
  change(options);
  return scan_patient(patient(), options);
}

double ml_of(const LabelMap& map, std::uint8_t label) {
  return static_cast<double>(std::count(map.label.begin(), map.label.end(), label)) *
         map.geometry.voxel_ml();
}

/// Voxels whose density differs by more than noise between two volumes of one patient.
struct Change {
  std::size_t voxels = 0;
  std::size_t labelled = 0;
};
Change change_of(const Phantom& a, const Phantom& b) {
  Change change;
  for (std::size_t i = 0; i < a.ct.hu.size(); ++i) {
    if (std::abs(a.ct.hu[i] - b.ct.hu[i]) < 200) continue;
    ++change.voxels;
    change.labelled += b.structures.label[i] != 0 ? 1 : 0;
  }
  return change;
}

/// Mean HU of the voxels of one structure.
double mean_hu(const Phantom& p, std::uint8_t label) {
  double sum = 0;
  double count = 0;
  for (std::size_t i = 0; i < p.ct.hu.size(); ++i) {
    if (p.structures.label[i] != label) continue;
    sum += p.ct.hu[i];
    ++count;
  }
  return sum / std::max(1.0, count);
}

}  // namespace

// One case, so that the patient is grown once.
TEST_CASE("phantom variation: each one does what it says and nothing else") {
  SUBCASE("arms: soft tissue beside the body that no structure claims") {
    const auto down = [](PhantomOptions& o) {
      o.size[2] = 110;
      o.arms = Arms::kBothDown;
    };
    const auto raised = [](PhantomOptions& o) { o.size[2] = 110; };
    const Change change = change_of(varied(raised), varied(down));
    CHECK(change.voxels > 5000);
    CHECK(change.labelled == 0);
  }

  SUBCASE("table: a full table differs from a plain one outside the body alone") {
    const Change change =
        change_of(usual(), varied([](PhantomOptions& o) { o.table = TableKind::kFull; }));
    CHECK(change.voxels > 200);
    CHECK(change.labelled == 0);
  }

  SUBCASE("lymph nodes: replace lung and fat, never the truth") {
    const Phantom p = varied([](PhantomOptions& o) { o.lymph_nodes = 8; });
    CHECK(p.truth.label == usual().truth.label);
    CHECK(p.structures.label == usual().structures.label);
    std::size_t denser = 0;
    for (std::size_t i = 0; i < p.ct.hu.size(); ++i) {
      denser += p.ct.hu[i] > usual().ct.hu[i] + 80 ? 1 : 0;
    }
    CHECK(denser > 10);
  }

  SUBCASE("contrast: lobes and path change the blood, not the truth") {
    const Phantom dropped = varied([](PhantomOptions& o) { o.contrast.drop = 0.2; });
    CHECK(dropped.truth.label == usual().truth.label);
    CHECK(mean_hu(dropped, kLeftArtery) < mean_hu(usual(), kLeftArtery) - 3);
    CHECK(std::abs(mean_hu(dropped, kLeftVein) - mean_hu(usual(), kLeftVein)) < 2);
    const Phantom uneven = varied([](PhantomOptions& o) { o.contrast.lobes = 0.1; });
    CHECK(uneven.truth.label == usual().truth.label);
    CHECK(uneven.ct.hu != usual().ct.hu);
    const auto without = [](PhantomOptions& o) { o.phase = Phase::kNonContrast; };
    const auto without_uneven = [&](PhantomOptions& o) {
      without(o);
      o.contrast = {0.1, 0.2};
    };
    CHECK(varied(without).ct.hu == varied(without_uneven).ct.hu);
  }

  SUBCASE("contrast: an even one leaves lung and fissures as an all but even one") {
    const Phantom nearly = varied([](PhantomOptions& o) { o.contrast.lobes = 1e-6; });
    int largest = 0;
    for (std::size_t i = 0; i < nearly.ct.hu.size(); ++i) {
      largest = std::max(largest, std::abs(nearly.ct.hu[i] - usual().ct.hu[i]));
    }
    CHECK(largest <= 1);
  }

  SUBCASE("vessels: oval ones keep their volume and change their shape") {
    const auto fine = [](PhantomOptions& o) {
      o.spacing_mm = 2;
      o.size = {40, 100, 120};
    };
    const Phantom round = varied(fine);
    const Phantom oval = varied([&](PhantomOptions& o) {
      fine(o);
      o.vessel_aspect = 1.4;
    });
    CHECK(oval.truth.label != round.truth.label);
    for (const std::uint8_t label : {kLeftArtery, kLeftVein, kRightArtery, kRightVein}) {
      CHECK(ml_of(oval.truth, label) == doctest::Approx(ml_of(round.truth, label)).epsilon(0.06));
    }
  }

  SUBCASE("streaks: scatter the density round a dense vena cava, the truth stays") {
    const auto shallow = [](PhantomOptions& o) { o.noise_hu = 1; };
    const Phantom clean = varied(shallow);
    const Phantom streaked = varied([&](PhantomOptions& o) {
      shallow(o);
      o.streaks = {90, 40};
    });
    CHECK(streaked.truth.label == clean.truth.label);
    std::size_t changed = 0;
    for (std::size_t i = 0; i < clean.ct.hu.size(); ++i) {
      changed += std::abs(clean.ct.hu[i] - streaked.ct.hu[i]) > 15 ? 1 : 0;
    }
    CHECK(changed > 1000);
  }

  SUBCASE("position: a rolled patient keeps his volumes") {
    const Phantom p = scan_patient(grow_patient(plain().seed, {.roll_deg = 10}), plain());
    CHECK(p.morphometry.lung_ml == doctest::Approx(usual().morphometry.lung_ml).epsilon(0.02));
    CHECK(ml_of(p.structures, kHeart) ==
          doctest::Approx(ml_of(usual().structures, kHeart)).epsilon(0.05));
    CHECK(p.truth.label != usual().truth.label);
  }

  SUBCASE("missing segment: no vessel ends in it, its neighbours fill the lobe") {
    constexpr int kR6 = 5;
    BodyPlan plan = patient().anatomy.plan;
    const auto whole = segment_table(plan);
    apply({.missing_segment = kR6}, plan);
    const auto left_over = segment_table(plan);
    CHECK(whole[kR6].name == "R6");
    CHECK(left_over.size() + 1 == whole.size());
    CHECK(left_over[kR6].name == "R7");
  }

  SUBCASE("hypertension: wide central arteries, fewer branches that CT can show") {
    const BodyPlan& healthy = patient().anatomy.plan;
    BodyPlan ill = healthy;
    apply({.hypertension = 1}, ill);
    CHECK(ill.right_pa_radius == doctest::Approx(1.3 * healthy.right_pa_radius));
    CHECK(ill.trunk_radius == doctest::Approx(1.3 * healthy.trunk_radius));
    CHECK(ill.small_artery < healthy.small_artery);
  }

  SUBCASE("field of view: outside the circle is padding without labels") {
    const Phantom p = varied([](PhantomOptions& o) {
      o.view.circle_mm = 300;
      o.view.padding_hu = -2000;
    });
    const Geometry& g = p.ct.geometry;
    std::size_t padding = 0;
    for (std::size_t i = 0; i < p.ct.hu.size(); ++i) {
      if (p.ct.hu[i] >= -1024) continue;
      ++padding;
      REQUIRE(p.ct.hu[i] == -2000);
      REQUIRE(p.truth.label[i] == 0);
      REQUIRE(p.structures.label[i] == 0);
      REQUIRE(p.lung[i] == 0);
    }
    CHECK(p.ct.hu[g.index(10, 0, 0)] == -2000);
    CHECK(p.ct.hu[g.index(10, g.size[1] / 2, g.size[2] / 2)] > -1024);
    CHECK(padding > p.ct.hu.size() / 10);
  }

  SUBCASE("field of view: a shifted window shows the same patient elsewhere") {
    const Phantom p = varied([](PhantomOptions& o) { o.view.shift_mm = {8, -12, 4}; });
    std::size_t different = 0;
    const Geometry& g = p.truth.geometry;
    for (int z = 0; z + 1 < g.size[0]; ++z) {
      for (int y = 3; y < g.size[1]; ++y) {
        for (int x = 0; x + 2 < g.size[2]; ++x) {
          different +=
              p.truth.label[g.index(z, y, x)] != usual().truth.label[g.index(z + 1, y - 3, x + 2)];
        }
      }
    }
    CHECK(different < 20);
  }

  SUBCASE("field of view: thick slices are slices of the thin volume") {
    const Phantom p = varied([](PhantomOptions& o) {
      o.view.slice_spacing_mm = 8;
      o.size[0] = 38;
    });
    CHECK(p.ct.geometry.size == std::array<int, 3>{38, 75, 90});
    CHECK(p.ct.geometry.step_mm(2) == Vec3{0, 0, 8});
    CHECK(p.truth.geometry.size == p.ct.geometry.size);
    CHECK(p.truth.geometry.voxel_to_lps == p.ct.geometry.voxel_to_lps);
    CHECK(p.truth.label.size() == p.ct.hu.size());
    CHECK(ml_of(p.structures, kHeart) ==
          doctest::Approx(ml_of(usual().structures, kHeart)).epsilon(0.05));
  }
}

TEST_CASE("phantom missing lobe: the other lobes take its place, its vessels are gone") {
  const Anatomy anatomy = build_anatomy(7, {.missing_lobe = Lobe::kLeftLower});
  const SupplyPoints supply = grow_vascular_trees(anatomy, 7).supply;
  CHECK(std::count(supply.lobe.begin(), supply.lobe.end(), Lobe::kLeftLower) == 0);
  CHECK(std::count(supply.lobe.begin(), supply.lobe.end(), Lobe::kLeftUpper) > 20000);
}

TEST_CASE("phantom densities: random ones lie in their ranges, arteries and veins independent") {
  int artery_brighter = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Rng rng(seed, "test");
    const TissueHu hu = randomised(sample_tissue(std::nullopt, rng), rng);
    REQUIRE(hu.artery >= -50);
    REQUIRE(hu.artery <= 700);
    REQUIRE(hu.lung >= -980);
    REQUIRE(hu.lung <= -650);
    REQUIRE(hu.fat <= -30);
    artery_brighter += hu.artery > hu.vein ? 1 : 0;
  }
  CHECK(artery_brighter > 30);
  CHECK(artery_brighter < 70);
}

TEST_CASE("phantom scanner: a degraded scan is noisier than any usual one") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Rng rng(seed, "test");
    const Scan usual_scan = sample_scan(rng);
    REQUIRE(usual_scan.noise_hu <= 45);
    REQUIRE(degraded(usual_scan, rng).noise_hu > 45);
  }
}
