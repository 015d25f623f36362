#include "pipeline/series_rules.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>

using namespace hilum;
using namespace hilum::pipeline;

namespace {

SeriesFacts chest_ct() {
  SeriesFacts facts;
  facts.modality = "CT";
  facts.sop_class = "1.2.840.10008.5.1.4.1.1.2";
  facts.sop_class_can_be_segmented = true;
  facts.image_type = {"ORIGINAL", "PRIMARY", "AXIAL"};
  facts.description = "Thorax 1.0 B70f";
  facts.body_part = "CHEST";
  facts.slices = 300;
  facts.rows = facts.columns = 512;
  facts.slice_spacing_mm = 1.0;
  facts.orientation = SeriesFacts::Orientation::kAxial;
  return facts;
}

std::string reason(const SeriesFacts& facts, const SeriesRules& rules) {
  const SeriesDecision decision = decide(facts, rules);
  const auto* refused = std::get_if<NotSegmented>(&decision);
  return refused == nullptr ? "" : refused->reason;
}

}  // namespace

TEST_CASE("series_rules: a plain chest CT is segmented under the defaults") {
  CHECK(reason(chest_ct(), SeriesRules{}).empty());
}

TEST_CASE("series_rules: each rule refuses with its key and the fact") {
  const struct {
    std::function<void(SeriesFacts&)> change;
    std::string expected;
  } rows[] = {
      {[](auto& f) { f.modality = "MR"; }, "modality is MR; rules.modality allows CT"},
      {[](auto& f) { f.modality = ""; }, "modality is not given; rules.modality allows CT"},
      {[](auto& f) {
         f.image_type = {"ORIGINAL", "PRIMARY", "LOCALIZER"};
       },
       "image type has LOCALIZER, which rules.image_type_exclude lists"},
      {[](auto& f) { f.sop_class_can_be_segmented = false; },
       "SOP class 1.2.840.10008.5.1.4.1.1.2 is stored but is not a CT image class"},
      {[](auto& f) { f.slices = 1; }, "1 slice, rules.min_slices is 20"},
      {[](auto& f) { f.slices = 4000; }, "4000 slices, rules.max_slices is 2500"},
      {[](auto& f) { f.rows = 64; },
       "matrix is 64 x 512, rules.min_matrix is 128 and rules.max_matrix is 2048"},
      {[](auto& f) { f.slice_spacing_mm = 12.5; },
       "slices are 12.50 mm apart, rules.max_slice_spacing_mm is 10.00"},
  };
  for (const auto& [change, expected] : rows) {
    CAPTURE(expected);
    SeriesFacts facts = chest_ct();
    change(facts);
    CHECK(reason(facts, SeriesRules{}) == expected);
  }
}

TEST_CASE("series_rules: orientation and text patterns, without showing the description") {
  SeriesRules rules;
  rules.orientations = {SeriesFacts::Orientation::kAxial};
  rules.description_exclude.push_back(*TextPattern::compile("scout|topogram"));
  rules.description_include.push_back(*TextPattern::compile("thorax|chest|lung"));
  rules.body_part_include.push_back(*TextPattern::compile("^(chest|thorax)$"));
  CHECK(reason(chest_ct(), rules).empty());

  SeriesFacts coronal = chest_ct();
  coronal.orientation = SeriesFacts::Orientation::kCoronal;
  CHECK(reason(coronal, rules) == "orientation is coronal, which rules.orientations does not list");

  SeriesFacts scout = chest_ct();
  scout.description = "DOE^JOHN THORAX SCOUT";
  CHECK(reason(scout, rules) ==
        "series description matches 'scout|topogram' of rules.description_exclude");

  SeriesFacts knee = chest_ct();
  knee.description = "DOE^JOHN Knee";
  CHECK(reason(knee, rules) == "series description matches nothing in rules.description_include");

  SeriesFacts abdomen = chest_ct();
  abdomen.body_part = "ABDOMEN";
  CHECK(reason(abdomen, rules) == "body part matches nothing in rules.body_part_include");
}

TEST_CASE("series_rules: a broken pattern is an error that shows it") {
  const auto pattern = TextPattern::compile("chest(");
  REQUIRE_FALSE(pattern.has_value());
  CHECK(pattern.error().message.find("'chest(' is not a regular expression") == 0);
}
