#include "model/examine/doubts.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::examine;

namespace {

/// Four classes of 10 mL with voxels of 1 mm3, each in its own lung or between both.
struct Case {
  std::vector<ModelClass> classes = standard_classes();
  std::vector<SegmentMeasures> segments{4, {.voxels = 10000, .millilitres = 10}};
  std::vector<SegmentPlace> places{{},
                                   {.clearly_left = 7000},
                                   {.clearly_left = 8000, .clearly_right = 100},
                                   {.clearly_right = 6000},
                                   {.clearly_right = 9000}};
  std::vector<LungAtEnd> ends{{End::kFeet}, {End::kHead}, {End::kLeft}};

  [[nodiscard]] std::vector<Doubt> doubts() const {
    return find_doubts({.classes = classes, .segments = segments, .places = places, .ends = ends});
  }
  void set(std::size_t k, double ml) {
    segments[k] = {.voxels = static_cast<std::uint64_t>(ml * 1000), .millilitres = ml};
  }
};

}  // namespace

TEST_CASE("doubts: none about a plain result") { CHECK(Case().doubts().empty()); }

TEST_CASE("doubts: nothing found is one doubt, whatever is expected of the classes") {
  Case result;
  for (std::size_t k = 0; k < 4; ++k) {
    result.set(k, 0);
    result.classes[k].volume_ml = VolumeRange{5, 50};
  }
  const auto doubts = result.doubts();
  REQUIRE(doubts.size() == 1);
  CHECK(doubts[0].kind == DoubtKind::kNothingFound);
}

TEST_CASE("doubts: a class that is missing is told once, with what the others have") {
  Case result;
  result.set(1, 0);
  result.classes[1].volume_ml = VolumeRange{5, 50};
  const auto doubts = result.doubts();
  REQUIRE(doubts.size() == 1);
  CHECK(doubts[0].kind == DoubtKind::kClassMissing);
  CHECK(doubts[0].text ==
        "Left pulmonary vein: nothing was found, and 30.0 mL of all others together.");
}

TEST_CASE("doubts: a segment on the wrong side") {
  Case result;
  result.places[1] = {.clearly_left = 2000, .clearly_right = 5500};
  const auto doubts = result.doubts();
  REQUIRE(doubts.size() == 1);
  CHECK(doubts[0].kind == DoubtKind::kSidesSwapped);
  CHECK(doubts[0].text ==
        "Left pulmonary artery: 5.5 of the 7.5 mL that are clearly on one side are on the "
        "patient's right: sides may be swapped.");
  result.places[1] = {.clearly_left = 5500, .clearly_right = 2000};
  CHECK(result.doubts().empty());
  result.places[4] = {.clearly_left = 9000};
  REQUIRE(result.doubts().size() == 1);
  CHECK(result.doubts()[0].text.find("patient's left") != std::string::npos);
  result.places[4] = {.clearly_left = 400};  // too little to tell anything
  CHECK(result.doubts().empty());
  result.places = {};  // no lungs found
  CHECK(result.doubts().empty());
}

TEST_CASE("doubts: volumes far above and below what the model's results hold") {
  Case result;
  for (auto& one : result.classes) one.volume_ml = VolumeRange{5, 40};
  CHECK(result.doubts().empty());
  result.set(0, 200);
  result.set(2, 0.5);
  auto doubts = result.doubts();
  REQUIRE(doubts.size() == 2);
  CHECK(doubts[0].kind == DoubtKind::kImplausibleVolume);
  CHECK(doubts[0].text ==
        "Left pulmonary artery: 200.0 mL, and this model's results hold 5.0 to 40.0 mL.");
  CHECK(doubts[1].text.starts_with("Right pulmonary artery: 0.5 mL"));
  for (auto& one : result.classes) one.volume_ml.reset();  // nobody has measured any
  CHECK(result.doubts().empty());
}

TEST_CASE("doubts: much outside the lungs") {
  Case result;
  result.places[2].outside = 1000;
  CHECK(result.doubts().empty());
  result.places[3].outside = 9000;
  const auto doubts = result.doubts();
  REQUIRE(doubts.size() == 1);
  CHECK(doubts[0].kind == DoubtKind::kOutsideLungs);
  CHECK(doubts[0].text == "25 % of all vessels (10.0 mL) lie neither in a lung nor between them.");
}

TEST_CASE("doubts: each end that cuts the lungs is named") {
  Case result;
  result.ends[0].left_cm2 = 80;
  result.ends[0].right_cm2 = 62.4;
  result.ends[1].left_cm2 = 3;
  result.ends[2].left_cm2 = 38;
  const auto doubts = result.doubts();
  REQUIRE(doubts.size() == 2);
  CHECK(doubts[0].kind == DoubtKind::kFieldOfViewCut);
  CHECK(doubts[0].text ==
        "The lungs reach the end of the volume at the feet (142 cm2): vessels beyond it are not "
        "in this result.");
  CHECK(doubts[1].text.find("the left side") != std::string::npos);
}

TEST_CASE("doubts: gas of the stomach is no lung at the feet, two lungs are") {
  Case result;
  result.ends[0].left_cm2 = 70;
  CHECK(result.doubts().empty());
  result.ends[0].right_cm2 = 20;
  CHECK(result.doubts().size() == 1);
  result.ends[0] = {End::kFeet, 0, 120};  // the only lung
  CHECK(result.doubts().size() == 1);
}

TEST_CASE("doubts: the gravest come first") {
  Case result;
  result.ends[1].left_cm2 = 100;
  result.places[4].outside = 20000;
  result.classes[0].volume_ml = VolumeRange{20, 40};
  result.set(1, 0);
  result.places[3] = {.clearly_left = 6000};
  std::vector<DoubtKind> kinds;
  for (const Doubt& doubt : result.doubts()) kinds.push_back(doubt.kind);
  CHECK(kinds == std::vector{DoubtKind::kSidesSwapped, DoubtKind::kClassMissing,
                             DoubtKind::kImplausibleVolume, DoubtKind::kOutsideLungs,
                             DoubtKind::kFieldOfViewCut});
}

TEST_CASE("doubts: texts are short and printable whatever the label is") {
  Case result;
  result.classes[0].segment.label = "Art\xC3\xA8re\\" + std::string(100, 'x');
  result.set(0, 0);
  result.places[1] = {.clearly_right = 7000};
  result.classes[2].segment.label = std::string(64, 'y');
  result.places[3] = {.clearly_left = 123456};
  result.set(2, 123456.7);
  result.classes[2].volume_ml = VolumeRange{20, 40};
  for (const Doubt& doubt : result.doubts()) {
    CAPTURE(doubt.text);
    CHECK(doubt.text.size() <= 200);
    CHECK(
        std::ranges::all_of(doubt.text, [](char c) { return c >= ' ' && c <= '~' && c != '\\'; }));
  }
  CHECK(result.doubts()[0].text.starts_with("Art?re?xxx"));
}
