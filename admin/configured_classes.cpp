#include "admin/configured_classes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>

#include "model/unicode.h"

namespace hilum::admin {
namespace {

using config::ClassConfig;
using model::ModelClass;
using Rgb = std::array<std::uint8_t, 3>;

Error wrong(const ClassConfig& wanted, const std::string& what) {
  return {ErrorCode::kInvalidInput,
          fmt::format("[[class]] label = \"{}\": {}", wanted.label, what)};
}

/// Arteries blue, veins red, both violet, as `standard_classes` has them.
Rgb colour_of(const std::string& vessel) {
  if (vessel == "artery") return {40, 140, 195};
  if (vessel == "vein") return {205, 95, 82};
  return {150, 100, 190};
}

CodedConcept type_of(const std::string& vessel) {
  if (vessel == "artery") return {"81040000", "SCT", "Pulmonary artery"};
  if (vessel == "vein") return {"122972007", "SCT", "Pulmonary vein"};
  return {"59820001", "SCT", "Blood vessel"};
}

ModelClass new_class(const ClassConfig& wanted) {
  ModelClass made{.prompt = wanted.prompt,
                  .segment = {.label = wanted.label,
                              .category = {"123037004", "SCT", "Anatomical Structure"},
                              .type = type_of(wanted.vessel),
                              .type_modifier = {},
                              .anatomic_region = CodedConcept{"39607008", "SCT", "Lung"},
                              .region_modifier = {},
                              .rgb = colour_of(wanted.vessel)}};
  if (!wanted.side.empty()) {
    const bool left = wanted.side == "left";
    const CodedConcept side{left ? "7771000" : "24028007", "SCT", left ? "Left" : "Right"};
    made.segment.type_modifier = side;
    made.segment.region_modifier = side;
  }
  return made;
}

Result<ModelClass> class_for(const ClassConfig& wanted, std::span<const ModelClass> of_model) {
  const auto known = std::ranges::find_if(of_model, [&](const ModelClass& one) {
    return model::folded(one.segment.label) == model::folded(wanted.label);
  });
  if (known != of_model.end()) {
    ModelClass changed = *known;
    if (!wanted.prompt.empty() && wanted.prompt != changed.prompt) {
      changed.prompt = wanted.prompt;
      changed.volume_ml.reset();  // of what the model's own prompt finds
    }
    return changed;
  }
  if (wanted.prompt.empty() || wanted.vessel.empty()) {
    std::vector<std::string> labels;
    for (const ModelClass& one : of_model) labels.push_back('"' + one.segment.label + '"');
    return wrong(wanted, fmt::format("the model has no such class (it has {}), so that prompt and "
                                     "vessel (\"artery\", \"vein\" or \"both\") must be given",
                                     fmt::join(labels, ", ")));
  }
  return new_class(wanted);
}

}  // namespace

Result<std::vector<ModelClass>> configured_classes(std::span<const ClassConfig> wanted,
                                                   std::span<const ModelClass> of_model) {
  std::vector<ModelClass> classes;
  for (const ClassConfig& one : wanted) {
    auto made = class_for(one, of_model);
    if (!made) return std::move(made).error();
    classes.push_back(std::move(*made));
  }
  return classes;
}

}  // namespace hilum::admin
