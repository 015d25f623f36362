#include "model/train/network_start.h"

#include <fmt/format.h>

#include <utility>

#include "model/generated_weights.h"
#include "model/train/initial_weights.h"

namespace hilum::model::train {
namespace {

std::vector<float> copied(std::span<const float> values) { return {values.begin(), values.end()}; }

/// What of a bundle does not depend on its weights.
void take_text(const ModelBundle& bundle, Manifest& manifest) {
  const Manifest& from = bundle.manifest();
  manifest.text_adapter = from.text_adapter;
  manifest.text_tower = from.text_tower;
  manifest.classes = from.classes;
  manifest.spacing_mm = from.spacing_mm;
  manifest.hu_range = from.hu_range;
  manifest.threshold = from.threshold;
  manifest.overlap = from.overlap;
  const auto origin = from.provenance.find("text_embeddings");
  manifest.provenance["text_embeddings"] =
      fmt::format("of bundle {}: {}", bundle.sha256().substr(0, 12),
                  origin == from.provenance.end() ? "origin not stated" : origin->second);
}

}  // namespace

Result<NetworkStart> fresh_network(const FreshNetwork& options) {
  NetworkStart start;
  start.text_from = options.text_from;
  Manifest& manifest = start.manifest;
  manifest.name = "LA-CAF";
  manifest.version = fmt::format("w{} seed {}", options.width, options.seed);
  manifest.base_width = options.width;
  manifest.window = options.window;
  manifest.classes = standard_classes();
  manifest.provenance = {{"text_embeddings", "generated, not from a text encoder"}};
  if (options.text_from) take_text(*options.text_from, manifest);
  manifest.provenance["weights"] = fmt::format("initialised from seed {}", options.seed);
  // Before any allocation whose size follows from the options.
  if (auto checked = check_manifest(manifest); !checked) {
    return std::move(checked).error().in("cannot make a network to train");
  }
  start.parameters = initial_weights(manifest.size(), options.seed);
  constexpr auto kEmbedding = "organ_embedding";
  start.parameters.push_back(
      {.shape = {kEmbedding, {manifest.size().classes, kTextFeatures}},
       .values = options.text_from
                     ? copied(options.text_from->tensor(kEmbedding))
                     : generated_text_features(manifest.size().classes, options.seed)});
  return start;
}

NetworkStart network_of(std::shared_ptr<const ModelBundle> bundle) {
  NetworkStart start;
  start.manifest = bundle->manifest();
  start.manifest.provenance["started_from"] = fmt::format(
      "{} {}, SHA-256 {}", bundle->manifest().name, bundle->manifest().version, bundle->sha256());
  for (ParameterShape& shape : lacaf_parameters(start.manifest.size())) {
    auto values = copied(bundle->tensor(shape.name));
    start.parameters.push_back({std::move(shape), std::move(values)});
  }
  start.text_from = std::move(bundle);
  return start;
}

Result<std::string> save_network(const std::filesystem::path& file, const NetworkStart& start,
                                 const Manifest& manifest, std::span<const Parameter> parameters) {
  if (start.text_from) return start.text_from->save_changed(file, manifest, parameters);
  return save_bundle(file, manifest, parameters);
}

}  // namespace hilum::model::train
