#include <doctest/doctest.h>

#include <array>

#include "model/phantom/phantom.h"
#include "model/phantom/structure.h"

using namespace hilum;
using namespace hilum::phantom;

namespace {

const Phantom& coarse() {
  static const Phantom phantom = [] {
    PhantomOptions options;
    options.seed = 2;
    options.spacing_mm = 3;
    options.size = {100, 100, 120};
    return make_phantom(options);
  }();
  return phantom;
}

}  // namespace

TEST_CASE("phantom structures: equal the truth where that is labelled, and only there") {
  const Phantom& p = coarse();
  REQUIRE(p.structures.label.size() == p.truth.label.size());
  for (std::size_t i = 0; i < p.truth.label.size(); ++i) {
    if (p.truth.label[i] != 0) {
      REQUIRE(p.structures.label[i] == p.truth.label[i]);
    } else {
      REQUIRE((p.structures.label[i] == 0 || p.structures.label[i] >= kAorta));
    }
  }
}

TEST_CASE("phantom structures: aorta, airway, heart and vena cava have the sizes of people") {
  const Phantom& p = coarse();
  std::array<double, 9> ml{};
  for (const std::uint8_t value : p.structures.label) {
    ml[value] += p.structures.geometry.voxel_ml();
  }
  CHECK(ml[kAorta] > 100);
  CHECK(ml[kAorta] < 400);
  CHECK(ml[kAirway] > 40);
  CHECK(ml[kAirway] < 200);
  CHECK(ml[kHeart] > 350);
  CHECK(ml[kHeart] < 1000);
  CHECK(ml[kVenaCava] > 40);
  CHECK(ml[kVenaCava] < 200);
}
