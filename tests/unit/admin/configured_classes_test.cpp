#include "admin/configured_classes.h"

#include <doctest/doctest.h>

using namespace hilum;
using admin::configured_classes;
using config::ClassConfig;

namespace {

const auto kModel = model::standard_classes();

ClassConfig wanted(const char* label, const char* prompt, const char* vessel = "",
                   const char* side = "") {
  return {.label = label, .prompt = prompt, .vessel = vessel, .side = side};
}

}  // namespace

TEST_CASE("configured_classes: a label of the model keeps its codes and may change its prompt") {
  const std::vector<ClassConfig> asked{wanted("right PULMONARY vein", "veins of the right lung"),
                                       wanted("Left pulmonary artery", "")};
  const auto classes = configured_classes(asked, kModel);
  REQUIRE(classes);
  REQUIRE(classes->size() == 2);
  CHECK((*classes)[0].segment == kModel[3].segment);
  CHECK((*classes)[0].prompt == "veins of the right lung");
  CHECK((*classes)[1] == kModel[0]);
}

TEST_CASE("configured_classes: another prompt forgets how large the model's own segments are") {
  auto measured = kModel;
  for (auto& one : measured) one.volume_ml = model::VolumeRange{1, 100};
  const std::vector<ClassConfig> asked{wanted("Right pulmonary vein", "veins of the right lung"),
                                       wanted("Left pulmonary artery", ""),
                                       wanted("Left pulmonary vein", measured[1].prompt.c_str())};
  const auto classes = configured_classes(asked, measured);
  REQUIRE(classes);
  CHECK_FALSE((*classes)[0].volume_ml.has_value());
  CHECK((*classes)[1].volume_ml.has_value());
  CHECK((*classes)[2].volume_ml.has_value());
}

TEST_CASE("configured_classes: a new label gets the codes of its vessel and side") {
  const std::vector<ClassConfig> asked{
      wanted("Pulmonary arteries", "arteries of both lungs", "artery"),
      wanted("Left vessels", "vessels of the left lung", "both", "left")};
  const auto classes = configured_classes(asked, kModel);
  REQUIRE(classes);
  CHECK((*classes)[0].segment.type == kModel[0].segment.type);
  CHECK_FALSE((*classes)[0].segment.type_modifier.has_value());
  CHECK((*classes)[1].segment.type_modifier == kModel[0].segment.type_modifier);
  CHECK((*classes)[1].segment.type.meaning == "Blood vessel");
}

TEST_CASE("configured_classes: a new label without prompt or vessel is refused by name") {
  for (const ClassConfig& asked : {wanted("Aorta", ""), wanted("Aorta", "aorta")}) {
    const auto classes = configured_classes(std::vector{asked}, kModel);
    REQUIRE_FALSE(classes);
    CHECK(classes.error().code == ErrorCode::kInvalidInput);
    CHECK(classes.error().message.find("Aorta") != std::string::npos);
    CHECK(classes.error().message.find("Left pulmonary artery") != std::string::npos);
  }
}
