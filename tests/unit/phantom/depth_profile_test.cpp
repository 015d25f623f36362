#include "model/phantom/depth_profile.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <future>

#include "model/phantom/rim_balance.h"

using namespace hilum;
using namespace hilum::phantom;

namespace {

PhantomOptions healthy(std::uint64_t seed) {
  PhantomOptions options;
  options.seed = seed;
  options.disease = PhantomOptions::Disease::kNone;
  options.scanner = PhantomOptions::Scanner::kReference;
  options.phase = Phase::kMixed;
  return options;
}

double measured(std::uint64_t seed) {
  return rim_to_centre(depth_profile(make_phantom(healthy(seed))));
}

/// One straight vessel through voxels whose lung is a slab between two planes.
Phantom slab() {
  Phantom phantom;
  phantom.ct.geometry.size = {3, 3, 81};
  phantom.ct.geometry.voxel_to_lps = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
  phantom.ct.hu.assign(3 * 3 * 81, -850);
  phantom.lung.assign(3 * 3 * 81, 1);
  for (std::size_t row = 0; row < 9; ++row) {
    phantom.lung[row * 81] = phantom.lung[row * 81 + 80] = 0;
  }
  return phantom;
}

}  // namespace

TEST_CASE("depth profile: counts bright voxels by their distance to the lung's border") {
  Phantom phantom = slab();
  CHECK(depth_profile(phantom) == DepthProfile{0, 0, 0});
  // Voxel x lies min(x, 80 - x) mm deep; 8 of the first band's 2 x 6 voxels per row are bright.
  for (std::size_t row = 0; row < 9; ++row) {
    for (const std::size_t x : {6, 7, 8, 9, 71, 72, 73, 74}) phantom.ct.hu[row * 81 + x] = 40;
    phantom.ct.hu[row * 81 + 25] = 40;  // one of 2 x 10
    phantom.ct.hu[row * 81 + 2] = 40;   // too near to count
  }
  const DepthProfile profile = depth_profile(phantom);
  CHECK(profile[0] == doctest::Approx(100.0 * 8 / 12));
  CHECK(profile[1] == doctest::Approx(0));
  CHECK(profile[2] == doctest::Approx(100.0 * 1 / 20));
}

TEST_CASE(
    "depth profile: as in real CT, as many vessels show near the pleura as deep in the lung") {
  // .8 to 1.4 in every one of 20 patients; real CT (README.md): 1.1, 1.4, 1.4, .8.
  for (std::uint64_t seed = 200; seed < 220; seed += 2) {
    std::future<double> other = std::async(std::launch::async, measured, seed + 1);
    const double even = measured(seed);
    CAPTURE(seed);
    CHECK(even > 0.8);
    CHECK(even < 1.4);
    const double odd = other.get();
    CHECK(odd > 0.8);
    CHECK(odd < 1.4);
  }
}

TEST_CASE("rim balance: widens what is thin at the rim, keeps large vessels, does nothing twice") {
  const Patient patient = grow_patient(202);  // unbalanced without: .60
  Tree artery = patient.trees.artery;
  Tree vein = patient.trees.vein;
  const double before = rim_to_centre_of_trees(patient.anatomy, artery, vein);
  CHECK(before > 1.15);
  for (TreeNode& node : artery) {
    // Thin vessels at the rim, as a lung has it with few branches there.
    if (node.radius_mm < 1.5 && patient.anatomy.lung_depth.at(node.position) < 14) {
      node.radius_mm *= 0.8;
    }
  }
  const Tree thinned = artery;
  REQUIRE(rim_to_centre_of_trees(patient.anatomy, artery, vein) < 1.15);
  balance_rim(patient.anatomy, artery, vein);
  CHECK(rim_to_centre_of_trees(patient.anatomy, artery, vein) ==
        doctest::Approx(1.22).epsilon(0.05));
  for (std::size_t i = 0; i < artery.size(); ++i) {
    CHECK(length(artery[i].position - thinned[i].position) == 0);
    if (thinned[i].radius_mm > 2.5) CHECK(artery[i].radius_mm == thinned[i].radius_mm);
  }
  const Tree balanced = artery;
  balance_rim(patient.anatomy, artery, vein);
  double most = 0;
  for (std::size_t i = 0; i < artery.size(); ++i) {
    most = std::max(most, std::abs(artery[i].radius_mm - balanced[i].radius_mm));
  }
  CHECK(most < 0.05);
}
