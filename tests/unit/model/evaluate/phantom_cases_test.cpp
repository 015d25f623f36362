#include "model/evaluate/phantom_cases.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "model/standard_classes.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::evaluate;

namespace {

phantom::PhantomOptions small_phantom() {
  phantom::PhantomOptions options;
  options.seed = 3;
  options.spacing_mm = 4;
  options.size = {75, 75, 90};
  return options;
}

std::size_t voxels_of(const LabelMap& map, int label) {
  return static_cast<std::size_t>(std::ranges::count(map.label, label));
}

}  // namespace

TEST_CASE("phantom_cases: the truth is in the model's own labels, other classes are unlabelled") {
  const LoadedCase standard = phantom_case(small_phantom(), standard_classes());
  CHECK(standard.labelled == std::vector<std::uint8_t>{1, 1, 1, 1});
  auto classes = standard_classes();
  std::swap(classes[0], classes[3]);  // right vein, left vein, right artery, left artery
  classes.erase(classes.begin() + 1);
  classes.push_back(standard_classes()[1]);
  classes.back().segment.type = {"15825003", "SCT", "Aorta"};
  const LoadedCase other = phantom_case(small_phantom(), classes);
  CHECK(other.labelled == std::vector<std::uint8_t>{1, 1, 1, 0});
  CHECK(voxels_of(other.reference, 1) == voxels_of(standard.reference, 4));
  CHECK(voxels_of(other.reference, 2) == voxels_of(standard.reference, 3));
  CHECK(voxels_of(other.reference, 3) == voxels_of(standard.reference, 1));
  CHECK(voxels_of(other.reference, 1) > 0);
  CHECK(voxels_of(other.reference, 4) == 0);  // the left vein is no class here
}

TEST_CASE("phantom_cases: vessels are where the phantom calls them plausible") {
  const LoadedCase one = phantom_case(small_phantom(), standard_classes());
  REQUIRE(one.plausible.size() == one.reference.label.size());
  std::size_t vessels = 0;
  std::size_t outside = 0;
  for (std::size_t i = 0; i < one.plausible.size(); ++i) {
    if (one.reference.label[i] == 0) continue;
    ++vessels;
    outside += one.plausible[i] == 0 ? 1 : 0;
  }
  CHECK(vessels > 500);
  CHECK(static_cast<double>(outside) < 0.02 * static_cast<double>(vessels));
  CHECK(std::ranges::count(one.plausible, 0) >
        static_cast<std::ptrdiff_t>(one.plausible.size()) / 3);
}

TEST_CASE("phantom_cases: seeds follow each other and are called synthetic") {
  const auto cases = phantom_cases({.first_seed = 1'000'007, .count = 2}, standard_classes());
  CHECK(cases->count() == 2);
  CHECK(cases->name(0).ct == "phantom seed 1000007");
  CHECK(cases->name(1).ct == "phantom seed 1000008");
  CHECK(cases->name(0).synthetic);
  CHECK_FALSE(cases->name(0).labels.empty());
  const auto shifted = phantom_cases(
      {.first_seed = 1'000'007, .count = 1, .range = PhantomRange::kShifted}, standard_classes());
  CHECK(shifted->name(0).kind != cases->name(0).kind);
  CHECK(shifted->name(0).labels != cases->name(0).labels);
}
