#include "model/implausible_volumes.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace hilum;
using namespace hilum::model;

TEST_CASE("implausible volumes: a segment that is too small, too large or missing is told") {
  LabelMap labels;
  labels.geometry.size = {10, 10, 10};
  labels.geometry.voxel_to_lps = {5, 0, 0, 0, 0, 5, 0, 0, 0, 0, 8, 0, 0, 0, 0, 1};  // 0.2 mL
  labels.label.assign(1000, 0);
  std::fill_n(labels.label.begin(), 50, std::uint8_t{1});       // 10 mL
  std::fill_n(labels.label.begin() + 50, 50, std::uint8_t{2});  // 10 mL
  std::fill_n(labels.label.begin() + 100, 5, std::uint8_t{3});  // 1 mL
  auto classes = standard_classes();
  CHECK(implausible_volumes(labels, classes).empty());  // nobody has measured any
  classes[0].volume_ml = VolumeRange{5, 10};
  CHECK(implausible_volumes(labels, classes).empty());
  classes[1].volume_ml = VolumeRange{1, 9};
  classes[2].volume_ml = VolumeRange{2, 20};
  classes[3].volume_ml = VolumeRange{0.5, 20};
  const auto said = implausible_volumes(labels, classes);
  REQUIRE(said.size() == 3);
  CHECK(said[0] ==
        "Left pulmonary vein: 10.0 mL, this model's results hold 1.0 to 9.0 mL: look at it");
  CHECK(said[1].find("Right pulmonary artery: 1.0 mL") == 0);
  CHECK(said[2].find("Right pulmonary vein: 0.0 mL") == 0);
}
