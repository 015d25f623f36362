#include "model/standard_classes.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace hilum::model {
namespace {

using Rgb = std::array<std::uint8_t, 3>;

ModelClass standard_class(std::string_view prompt_words, std::string_view label,
                          const CodedConcept& side, const CodedConcept& vessel, const Rgb& rgb) {
  return {.prompt = fmt::format("A computerized tomography of a {}", prompt_words),
          .segment = {.label = std::string(label),
                      .category = {"123037004", "SCT", "Anatomical Structure"},
                      .type = vessel,
                      .type_modifier = side,
                      .anatomic_region = CodedConcept{"39607008", "SCT", "Lung"},
                      .region_modifier = side,
                      .rgb = rgb}};
}

}  // namespace

std::vector<ModelClass> standard_classes() {
  const CodedConcept left{"7771000", "SCT", "Left"};
  const CodedConcept right{"24028007", "SCT", "Right"};
  const CodedConcept artery{"81040000", "SCT", "Pulmonary artery"};
  const CodedConcept vein{"122972007", "SCT", "Pulmonary vein"};
  return {standard_class("left artery", "Left pulmonary artery", left, artery, {90, 170, 220}),
          standard_class("left vein", "Left pulmonary vein", left, vein, {230, 120, 105}),
          standard_class("right artery", "Right pulmonary artery", right, artery, {0, 122, 171}),
          standard_class("right vein", "Right pulmonary vein", right, vein, {186, 77, 64})};
}

std::vector<SegmentSpec> standard_segments() {
  std::vector<SegmentSpec> segments;
  for (auto& one : standard_classes()) segments.push_back(std::move(one.segment));
  return segments;
}

}  // namespace hilum::model
