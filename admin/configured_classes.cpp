#include "admin/configured_classes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

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

std::string labels_of(std::span<const ModelClass> classes) {
  std::vector<std::string> labels;
  for (const ModelClass& one : classes) labels.push_back('"' + one.segment.label + '"');
  return fmt::format("{}", fmt::join(labels, ", "));
}

/// The class of this label, upper and lower case aside; null when there is none.
const ModelClass* find_class(std::span<const ModelClass> classes, const std::string& label) {
  const auto found = std::ranges::find_if(classes, [&](const ModelClass& one) {
    return model::folded(one.segment.label) == model::folded(label);
  });
  return found == classes.end() ? nullptr : &*found;
}

Result<ModelClass> described_class(const ClassConfig& wanted,
                                   std::span<const ModelClass> of_model) {
  if (const ModelClass* known = find_class(of_model, wanted.label)) {
    ModelClass changed = *known;
    if (!wanted.prompt.empty() && wanted.prompt != changed.prompt) {
      changed.prompt = wanted.prompt;
      changed.volume_ml.reset();  // of what the model's own prompt finds
    }
    return changed;
  }
  if (wanted.prompt.empty() || wanted.vessel.empty()) {
    return wrong(wanted, fmt::format("the model has no such class (it has {}), so that prompt and "
                                     "vessel (\"artery\", \"vein\" or \"both\") must be given",
                                     labels_of(of_model)));
  }
  return new_class(wanted);
}

Result<ModelClass> class_for(const std::string& label, std::span<const ClassConfig> described,
                             std::span<const ModelClass> of_model) {
  const auto section = std::ranges::find_if(described, [&](const ClassConfig& one) {
    return model::folded(one.label) == model::folded(label);
  });
  if (section != described.end()) return described_class(*section, of_model);
  if (const ModelClass* known = find_class(of_model, label)) return *known;
  return Error{ErrorCode::kInvalidInput,
               fmt::format("classes names \"{}\": there is no [[class]] with this label, and the "
                           "model has {}",
                           label, labels_of(of_model))};
}

}  // namespace

Result<std::vector<ModelClass>> configured_classes(std::span<const std::string> labels,
                                                   std::span<const ClassConfig> described,
                                                   std::span<const ModelClass> of_model) {
  std::vector<std::string> asked(labels.begin(), labels.end());
  if (asked.empty()) {
    if (described.empty()) return std::vector<ModelClass>(of_model.begin(), of_model.end());
    for (const ClassConfig& one : described) asked.push_back(one.label);
  }
  std::vector<ModelClass> classes;
  for (const std::string& label : asked) {
    auto made = class_for(label, described, of_model);
    if (!made) return std::move(made).error();
    if (find_class(classes, label) != nullptr) {
      return Error{
          ErrorCode::kInvalidInput,
          fmt::format("class \"{}\" is asked for twice, but for upper and lower case", label)};
    }
    classes.push_back(std::move(*made));
  }
  return classes;
}

}  // namespace hilum::admin
