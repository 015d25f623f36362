#include "model/untrained.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "model/bundle.h"
#include "model/generated_weights.h"

namespace hilum::model {
namespace {

constexpr TextTowerSize kSmallTower{
    .vocabulary = 258, .context = 77, .width = 128, .layers = 3, .output = kTextFeatures};

Parameter generated(ParameterShape shape, const Manifest& manifest, std::uint64_t seed) {
  auto values = shape.name == "organ_embedding"
                    ? generated_text_features(manifest.size().classes, seed)
                    : generated_parameter(shape.name, shape.shape, seed);
  return {.shape = std::move(shape), .values = std::move(values)};
}

std::vector<Parameter> generated_tower(std::uint64_t seed) {
  std::vector<Parameter> parameters;
  for (ParameterShape& shape : text_tower_parameters(kSmallTower)) {
    auto values = generated_parameter(shape.name, shape.shape, seed);
    shape.name.insert(0, kTextTowerPrefix);
    parameters.push_back({.shape = std::move(shape), .values = std::move(values)});
  }
  return parameters;
}

}  // namespace

Result<std::string> write_untrained_bundle(const std::filesystem::path& file,
                                           const UntrainedOptions& options) {
  Manifest manifest;
  manifest.name = "LA-CAF (untrained)";
  manifest.version = fmt::format("w{} seed {}", options.width, options.seed);
  manifest.trained = false;
  manifest.base_width = options.width;
  manifest.window = options.window;
  manifest.overlap = options.overlap;
  manifest.text_adapter = options.text_adapter;
  manifest.fusion = options.fusion;
  manifest.pooling = options.pooling;
  manifest.side = options.side;
  const bool tower = options.text_tower == UntrainedTower::kBytes;
  if (tower) manifest.text_tower = TextTowerSpec{.tokenizer = TokenizerKind::kBytes};
  manifest.classes = standard_classes();
  manifest.provenance = {
      {"weights", fmt::format("generated from seed {}, not trained", options.seed)},
      {"text_embeddings", "generated, not from a text encoder"}};
  // Before any allocation whose size follows from the options.
  if (auto checked = check_manifest(manifest); !checked) return std::move(checked).error();

  std::vector<Parameter> parameters;
  for (auto& shape : lacaf_parameters(manifest.size())) {
    parameters.push_back(generated(std::move(shape), manifest, options.seed));
  }
  if (tower) {
    for (Parameter& parameter : generated_tower(options.seed)) {
      parameters.push_back(std::move(parameter));
    }
  }
  return save_bundle(file, manifest, parameters);
}

}  // namespace hilum::model
