#include "model/prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "model/bundle.h"
#include "model/sides.h"
#include "model/text_tower.h"
#include "model/unicode.h"

namespace hilum::model {
namespace {

constexpr const char* kEmbedding = "organ_embedding";

double cosine(std::span<const float> a, std::span<const float> b) {
  double product = 0;
  double norm_a = 0;
  double norm_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += static_cast<double>(a[i]) * b[i];
    norm_a += static_cast<double>(a[i]) * a[i];
    norm_b += static_cast<double>(b[i]) * b[i];
  }
  const double norm = std::sqrt(norm_a * norm_b);
  return norm > 0 ? product / norm : 0;
}

/// The class with this label; upper and lower case matter only between labels that differ in them.
Result<std::size_t> find_class(const std::vector<ModelClass>& classes, const std::string& label) {
  std::vector<std::size_t> alike;
  std::vector<std::string> labels;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    const std::string& candidate = classes[k].segment.label;
    if (candidate == label) return k;
    if (folded(candidate) == folded(label)) alike.push_back(k);
    labels.push_back(fmt::format("'{}'", candidate));
  }
  if (alike.size() == 1) return alike.front();
  return Error{alike.empty() ? ErrorCode::kNotFound : ErrorCode::kInvalidInput,
               fmt::format("{} class '{}'; its classes are {}",
                           alike.empty() ? "the bundle has no" : "the bundle has more than one",
                           label, fmt::join(labels, ", "))};
}

Result<TextTower> tower_of(const ModelBundle& bundle) {
  auto weights = bundle.text_tower();
  if (!weights) return std::move(weights).error();
  return TextTower::make(*std::move(weights));
}

/// Row k of [K, 512].
std::span<const float> row(std::span<const float> features, std::size_t k) {
  return features.subspan(k * kTextFeatures, kTextFeatures);
}

Parameter embedding_parameter(std::vector<float> features) {
  const auto classes = static_cast<std::int64_t>(features.size()) / kTextFeatures;
  return {.shape = {kEmbedding, {classes, kTextFeatures}}, .values = std::move(features)};
}

std::vector<PromptNeighbour> neighbours(const ModelBundle& bundle, std::size_t but,
                                        std::span<const float> feature) {
  const auto features = bundle.tensor(kEmbedding);
  std::vector<PromptNeighbour> others;
  for (std::size_t k = 0; k < bundle.manifest().classes.size(); ++k) {
    const ModelClass& one = bundle.manifest().classes[k];
    if (k == but) continue;
    others.push_back({.label = one.segment.label,
                      .prompt = one.prompt,
                      .similarity = cosine(row(features, k), feature)});
  }
  return others;
}

/// What a bundle with another prompt has that it has not now.
struct PromptEdit {
  std::size_t k;  ///< the class
  Manifest manifest;
  std::vector<float> feature;  ///< of the new prompt
  Parameter embedding;         ///< of all classes; those of the others as they were
};

Result<PromptEdit> edit_of(const ModelBundle& bundle, const std::string& label,
                           const std::string& prompt) {
  const auto k = find_class(bundle.manifest().classes, label);
  if (!k) return k.error();
  if (prompt.empty()) {
    return Error{ErrorCode::kInvalidInput, "the new prompt is empty: say what the class is"};
  }
  if (bundle.manifest().side == SideSource::kAnatomy) {
    ModelClass asked = bundle.manifest().classes[*k];
    asked.prompt = prompt;
    if (auto checked = check_prompt_side(asked); !checked) return std::move(checked).error();
  }
  const auto tower = tower_of(bundle);
  if (!tower) return tower.error();
  auto feature = tower->embed(prompt);
  if (!feature) return std::move(feature).error();

  const auto before = bundle.tensor(kEmbedding);
  std::vector<float> features(before.begin(), before.end());
  std::ranges::copy(*feature, features.begin() + static_cast<std::ptrdiff_t>(*k * kTextFeatures));
  Manifest manifest = bundle.manifest();
  ModelClass& changed = manifest.classes[*k];
  manifest.provenance[fmt::format("prompt of {}", changed.segment.label)] =
      fmt::format("embedded anew by the bundle's text tower; was: {}", changed.prompt);
  changed.prompt = prompt;
  changed.volume_ml.reset();  // of what the old prompt found
  return PromptEdit{.k = *k,
                    .manifest = std::move(manifest),
                    .feature = *std::move(feature),
                    .embedding = embedding_parameter(std::move(features))};
}

Result<Reprompted> reprompt_opened(const ModelBundle& bundle, const RepromptRequest& request) {
  const auto edit = edit_of(bundle, request.label, request.prompt);
  if (!edit) return edit.error();
  const ModelClass& old = bundle.manifest().classes[edit->k];
  Reprompted result{.label = old.segment.label,
                    .old_prompt = old.prompt,
                    .similarity = cosine(row(bundle.tensor(kEmbedding), edit->k), edit->feature),
                    .others = neighbours(bundle, edit->k, edit->feature),
                    .text_adapter = edit->manifest.text_adapter,
                    .file = request.out.empty() ? request.bundle : request.out,
                    .sha256 = {}};
  auto sha256 = bundle.save_changed(result.file, edit->manifest, {&edit->embedding, 1});
  if (!sha256) return std::move(sha256).error();
  result.sha256 = *std::move(sha256);
  return result;
}

/// [K, 512].
Result<std::vector<float>> embed_anew(const ModelBundle& bundle,
                                      std::span<const ModelClass> classes) {
  const auto tower = tower_of(bundle);
  if (!tower) return tower.error();
  std::vector<std::string> prompts;
  for (const ModelClass& one : classes) prompts.push_back(one.prompt);
  return tower->embed_all(prompts);
}

/// The text feature of a class of the bundle that has this prompt; nothing without one.
std::optional<std::span<const float>> feature_it_has(const ModelBundle& bundle,
                                                     const std::string& prompt) {
  const auto& had = bundle.manifest().classes;
  const auto same = std::ranges::find(had, prompt, &ModelClass::prompt);
  if (same == had.end()) return std::nullopt;
  return row(bundle.tensor(kEmbedding), static_cast<std::size_t>(same - had.begin()));
}

/// [K, 512]: what the bundle has carries over, the text tower embeds the others, if there are any.
Result<std::vector<float>> features_of(const ModelBundle& bundle,
                                       std::span<const ModelClass> classes) {
  std::vector<ModelClass> others;
  for (const ModelClass& one : classes) {
    if (!feature_it_has(bundle, one.prompt)) others.push_back(one);
  }
  std::vector<float> embedded;
  if (!others.empty()) {
    auto anew = embed_anew(bundle, others);
    if (!anew) return anew;
    embedded = *std::move(anew);
  }
  std::vector<float> features;
  std::size_t next = 0;
  for (const ModelClass& one : classes) {
    const auto kept = feature_it_has(bundle, one.prompt);
    const auto feature = kept ? *kept : row(embedded, next++);
    features.insert(features.end(), feature.begin(), feature.end());
  }
  return features;
}

/// Adapter k was trained for class k: each class that the model has stays in its place.
Status check_adapters(std::span<const ModelClass> had, std::span<const ModelClass> wanted) {
  bool fit = wanted.size() == had.size();
  for (std::size_t k = 0; fit && k < wanted.size(); ++k) {
    for (std::size_t other = 0; other < had.size(); ++other) {
      if (other != k && had[other].segment.label == wanted[k].segment.label) fit = false;
    }
  }
  if (fit) return ok();
  return Error{
      ErrorCode::kUnsupported,
      fmt::format("the model has an adapter for each of its {} classes, so all of them are "
                  "segmented, in their order: give one prompt for each, or use a model "
                  "whose adapter is shared (hilum model inspect)",
                  had.size())};
}

Result<std::string> reembed_opened(const ModelBundle& bundle, const std::filesystem::path& file) {
  auto features = embed_anew(bundle, bundle.manifest().classes);
  if (!features) return std::move(features).error();
  Manifest manifest = bundle.manifest();
  manifest.provenance["text_embeddings"] = "from the bundle's text tower";
  const Parameter parameter = embedding_parameter(*std::move(features));
  return bundle.save_changed(file, manifest, {&parameter, 1});
}

}  // namespace

Result<ModelBundle> with_prompt(ModelBundle bundle, const std::string& label,
                                const std::string& prompt) {
  auto edit = edit_of(bundle, label, prompt);
  if (!edit) return std::move(edit).error();
  std::vector<Parameter> changed;
  changed.push_back(std::move(edit->embedding));
  return std::move(bundle).changed(std::move(edit->manifest), std::move(changed));
}

Result<ModelBundle> with_classes(ModelBundle bundle, std::span<const ModelClass> classes) {
  Manifest manifest = bundle.manifest();
  if (manifest.text_adapter == TextAdapter::kPerClass) {
    if (auto fit = check_adapters(manifest.classes, classes); !fit) return std::move(fit).error();
  }
  for (const ModelClass& one : classes) {
    if (manifest.side != SideSource::kAnatomy) break;
    if (auto checked = check_prompt_side(one); !checked) return std::move(checked).error();
  }
  auto features = features_of(bundle, classes);
  if (!features) return std::move(features).error();
  for (const ModelClass& one : classes) {
    if (feature_it_has(bundle, one.prompt)) continue;
    manifest.provenance[fmt::format("prompt of {}", one.segment.label)] =
        "embedded by the bundle's text tower";
  }
  manifest.classes.assign(classes.begin(), classes.end());
  std::vector<Parameter> changed;
  changed.push_back(embedding_parameter(*std::move(features)));
  return std::move(bundle).changed(std::move(manifest), std::move(changed));
}

Result<Reprompted> reprompt(const RepromptRequest& request) {
  const auto bundle = ModelBundle::open(request.bundle);
  if (!bundle) return bundle.error();
  auto result = reprompt_opened(*bundle, request);
  if (!result) {
    return std::move(result).error().in(
        fmt::format("cannot change a prompt of {}", request.bundle.string()));
  }
  return result;
}

Result<std::string> reembed_prompts(const std::filesystem::path& file) {
  const auto bundle = ModelBundle::open(file);
  if (!bundle) return bundle.error();
  auto result = reembed_opened(*bundle, file);
  if (!result) {
    return std::move(result).error().in(
        fmt::format("cannot embed the prompts of {}", file.string()));
  }
  return result;
}

}  // namespace hilum::model
