#include "admin/configured_classes.h"

#include <doctest/doctest.h>

using namespace hilum;
using admin::configured_classes;
using config::ClassConfig;

namespace {

const auto kModel = model::standard_classes();

const std::vector<std::string> kNoLabels;

ClassConfig described(const char* label, const char* prompt, const char* vessel = "",
                      const char* side = "") {
  return {.label = label, .prompt = prompt, .vessel = vessel, .side = side};
}

}  // namespace

TEST_CASE("configured_classes: a label of the model keeps its codes and may change its prompt") {
  const std::vector<ClassConfig> asked{described("right PULMONARY vein", "veins of the right lung"),
                                       described("Left pulmonary artery", "")};
  const auto classes = configured_classes(kNoLabels, asked, kModel);
  REQUIRE(classes);
  REQUIRE(classes->size() == 2);
  CHECK((*classes)[0].segment == kModel[3].segment);
  CHECK((*classes)[0].prompt == "veins of the right lung");
  CHECK((*classes)[1] == kModel[0]);
}

TEST_CASE("configured_classes: another prompt forgets how large the model's own segments are") {
  auto measured = kModel;
  for (auto& one : measured) one.volume_ml = model::VolumeRange{1, 100};
  const std::vector<ClassConfig> asked{
      described("Right pulmonary vein", "veins of the right lung"),
      described("Left pulmonary artery", ""),
      described("Left pulmonary vein", measured[1].prompt.c_str())};
  const auto classes = configured_classes(kNoLabels, asked, measured);
  REQUIRE(classes);
  CHECK_FALSE((*classes)[0].volume_ml.has_value());
  CHECK((*classes)[1].volume_ml.has_value());
  CHECK((*classes)[2].volume_ml.has_value());
}

TEST_CASE("configured_classes: a new label gets the codes of its vessel and side") {
  const std::vector<ClassConfig> asked{
      described("Pulmonary arteries", "arteries of both lungs", "artery"),
      described("Left vessels", "vessels of the left lung", "both", "left")};
  const auto classes = configured_classes(kNoLabels, asked, kModel);
  REQUIRE(classes);
  CHECK((*classes)[0].segment.type == kModel[0].segment.type);
  CHECK_FALSE((*classes)[0].segment.type_modifier.has_value());
  CHECK((*classes)[1].segment.type_modifier == kModel[0].segment.type_modifier);
  CHECK((*classes)[1].segment.type.meaning == "Blood vessel");
}

TEST_CASE("configured_classes: a new label without prompt or vessel is refused by name") {
  for (const ClassConfig& asked : {described("Aorta", ""), described("Aorta", "aorta")}) {
    const auto classes = configured_classes(kNoLabels, std::vector{asked}, kModel);
    REQUIRE_FALSE(classes);
    CHECK(classes.error().code == ErrorCode::kInvalidInput);
    CHECK(classes.error().message.find("Aorta") != std::string::npos);
    CHECK(classes.error().message.find("Left pulmonary artery") != std::string::npos);
  }
}

TEST_CASE("configured_classes: labels choose from what is described and what the model has") {
  const std::vector<ClassConfig> sections{
      described("Pulmonary arteries", "arteries of both lungs", "artery"),
      described("Left pulmonary vein", "veins of the left lung")};
  const auto chosen = configured_classes(
      std::vector<std::string>{"left PULMONARY vein", "Right pulmonary vein"}, sections, kModel);
  REQUIRE_MESSAGE(chosen, chosen.error().message);
  REQUIRE(chosen->size() == 2);
  CHECK((*chosen)[0].prompt == "veins of the left lung");
  CHECK((*chosen)[0].segment == kModel[1].segment);
  CHECK((*chosen)[1] == kModel[3]);

  CHECK(*configured_classes(kNoLabels, {}, kModel) == kModel);
}

TEST_CASE("configured_classes: a label that nobody has, or twice, is refused by name") {
  const std::vector<ClassConfig> sections{described("Veins", "veins", "vein")};
  const auto unknown = configured_classes(std::vector<std::string>{"Aorta"}, sections, kModel);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == ErrorCode::kInvalidInput);
  CHECK(unknown.error().message.find("classes names \"Aorta\"") != std::string::npos);
  CHECK(unknown.error().message.find("Left pulmonary artery") != std::string::npos);
  const auto twice =
      configured_classes(std::vector<std::string>{"Veins", "VEINS"}, sections, kModel);
  REQUIRE_FALSE(twice);
  CHECK(twice.error().message.find("twice") != std::string::npos);
}
