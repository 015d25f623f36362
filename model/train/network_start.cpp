#include "model/train/network_start.h"

#include <fmt/format.h>

#include <utility>

#include "model/generated_weights.h"
#include "model/train/initial_weights.h"
#include "model/volume_ranges.h"

namespace hilum::model::train {
namespace {

std::vector<float> copied(std::span<const float> values) { return {values.begin(), values.end()}; }

/// What of a bundle does not depend on its weights.
void take_text(const ModelBundle& bundle, Manifest& manifest) {
  const Manifest& from = bundle.manifest();
  manifest.text_adapter = from.text_adapter;
  manifest.text_tower = from.text_tower;
  manifest.classes = from.classes;
  forget_volume_ranges(manifest);
  manifest.spacing_mm = from.spacing_mm;
  manifest.hu_range = from.hu_range;
  manifest.threshold = from.threshold;
  manifest.overlap = from.overlap;
  const auto origin = from.provenance.find("text_embeddings");
  manifest.provenance["text_embeddings"] =
      fmt::format("of bundle {}: {}", bundle.sha256().substr(0, 12),
                  origin == from.provenance.end() ? "origin not stated" : origin->second);
}

/// The text tower of a promptable network: reads bytes, a sentence of up to 126 of them.
constexpr TextTowerSize kSmallTower{
    .vocabulary = 258, .context = 128, .width = 128, .layers = 3, .output = kTextFeatures};
constexpr auto kEmbedding = "organ_embedding";

void add_tower(std::vector<Parameter> tower, NetworkStart& start) {
  for (Parameter& parameter : tower) {
    parameter.shape.name.insert(0, kTextTowerPrefix);
    start.parameters.push_back(std::move(parameter));
  }
}

void describe_text(NetworkStart& start) {
  if (start.text == TextTraining::kFrozen) return;
  start.manifest.provenance["text_embeddings"] =
      start.text == TextTraining::kTower ? "from the text tower, trained with the network"
                                         : "learned vectors, no text";
}

}  // namespace

Result<TextTraining> parse_text_training(std::string_view name) {
  for (const TextTraining text :
       {TextTraining::kFrozen, TextTraining::kTower, TextTraining::kVectors}) {
    if (name == to_string(text)) return text;
  }
  return Error{ErrorCode::kInvalidInput,
               fmt::format("unknown way to learn text '{}': use frozen, tower or vectors", name)};
}

std::string_view to_string(TextTraining text) {
  switch (text) {
    case TextTraining::kTower:
      return "tower";
    case TextTraining::kVectors:
      return "vectors";
    case TextTraining::kFrozen:
      break;
  }
  return "frozen";
}

std::vector<ParameterShape> network_shapes(const LaCafSize& size,
                                           const std::optional<TextTowerSize>& tower) {
  std::vector<ParameterShape> shapes = lacaf_parameters(size);
  if (!tower) return shapes;
  for (ParameterShape& shape : text_tower_parameters(*tower)) {
    shape.name.insert(0, kTextTowerPrefix);
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

Result<NetworkStart> fresh_network(const FreshNetwork& options) {
  if (options.text == TextTraining::kTower && options.text_from) {
    return Error{ErrorCode::kInvalidInput,
                 "cannot make a network whose text tower is new and that of a bundle: choose one"};
  }
  NetworkStart start;
  start.text_from = options.text_from;
  start.text = options.text;
  Manifest& manifest = start.manifest;
  manifest.name = "LA-CAF";
  manifest.version = fmt::format("w{} seed {}", options.width, options.seed);
  manifest.base_width = options.width;
  manifest.window = options.window;
  manifest.side = options.side;
  manifest.fusion = options.fusion;
  manifest.pooling = options.pooling;
  manifest.classes = standard_classes();
  manifest.provenance = {{"text_embeddings", "generated, not from a text encoder"}};
  if (options.text_from) take_text(*options.text_from, manifest);
  if (options.text == TextTraining::kTower) {
    start.tower = kSmallTower;
    manifest.text_tower = TextTowerSpec{.tokenizer = TokenizerKind::kBytes};
    manifest.text_adapter = TextAdapter::kShared;
  }
  manifest.provenance["weights"] = fmt::format("initialised from seed {}", options.seed);
  describe_text(start);
  // Before any allocation whose size follows from the options.
  if (auto checked = check_manifest(manifest); !checked) {
    return std::move(checked).error().in("cannot make a network to train");
  }
  start.parameters = initial_weights(manifest.size(), options.seed);
  start.parameters.push_back(
      {.shape = {kEmbedding, {manifest.size().classes, kTextFeatures}},
       .values = options.text_from
                     ? copied(options.text_from->tensor(kEmbedding))
                     : generated_text_features(manifest.size().classes, options.seed)});
  if (start.tower) add_tower(initial_text_tower(*start.tower, options.seed), start);
  return start;
}

Result<NetworkStart> network_of(std::shared_ptr<const ModelBundle> bundle, TextTraining text) {
  NetworkStart start;
  start.manifest = bundle->manifest();
  forget_volume_ranges(start.manifest);
  start.text = text;
  start.manifest.provenance["started_from"] = fmt::format(
      "{} {}, SHA-256 {}", bundle->manifest().name, bundle->manifest().version, bundle->sha256());
  for (ParameterShape& shape : lacaf_parameters(start.manifest.size())) {
    auto values = copied(bundle->tensor(shape.name));
    start.parameters.push_back({std::move(shape), std::move(values)});
  }
  describe_text(start);
  if (text != TextTraining::kTower) {
    start.text_from = std::move(bundle);
    return start;
  }
  if (start.manifest.text_tower != TextTowerSpec{.tokenizer = TokenizerKind::kBytes} ||
      start.manifest.text_adapter != TextAdapter::kShared) {
    return Error{ErrorCode::kInvalidInput,
                 "cannot train the text tower of a bundle that has none that reads bytes, or an "
                 "adapter for each class"};
  }
  auto tower = bundle->text_tower();
  if (!tower) return std::move(tower).error();
  start.tower = tower->size;
  start.tower_reads = true;
  add_tower(std::move(tower->parameters), start);
  return start;
}

Result<std::string> save_network(const std::filesystem::path& file, const NetworkStart& start,
                                 const Manifest& manifest, std::span<const Parameter> parameters,
                                 Storage storage) {
  if (start.text_from) return start.text_from->save_changed(file, manifest, parameters);
  return save_bundle(file, manifest, parameters,
                     {.network = storage, .text_tower = storage, .merges = {}});
}

}  // namespace hilum::model::train
