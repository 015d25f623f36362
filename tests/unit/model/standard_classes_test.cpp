#include "model/standard_classes.h"

#include <doctest/doctest.h>

#include <string>

using namespace hilum;
using namespace hilum::model;

TEST_CASE("standard_classes: order, side, vessel and colour belong together") {
  const auto classes = standard_classes();
  REQUIRE(classes.size() == 4);
  struct Row {
    std::string prompt_end;
    std::string label;
    std::string type;
    std::string side;
    std::array<std::uint8_t, 3> rgb;
  };
  const std::array rows{
      Row{"a left artery", "Left pulmonary artery", "81040000", "7771000", {90, 170, 220}},
      Row{"a left vein", "Left pulmonary vein", "122972007", "7771000", {230, 120, 105}},
      Row{"a right artery", "Right pulmonary artery", "81040000", "24028007", {0, 122, 171}},
      Row{"a right vein", "Right pulmonary vein", "122972007", "24028007", {186, 77, 64}}};
  for (std::size_t k = 0; k < rows.size(); ++k) {
    CAPTURE(rows[k].label);
    CHECK(classes[k].prompt == "A computerized tomography of " + rows[k].prompt_end);
    const SegmentSpec& segment = classes[k].segment;
    CHECK(segment.label == rows[k].label);
    CHECK(segment.category.value == "123037004");
    CHECK(segment.type.value == rows[k].type);
    CHECK(segment.type_modifier->value == rows[k].side);
    CHECK(segment.region_modifier->value == rows[k].side);
    CHECK(segment.anatomic_region->value == "39607008");
    CHECK(segment.rgb == rows[k].rgb);
    CHECK(standard_segments()[k] == segment);
  }
}
