#include "model/text_tower.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <utility>

#include "model/text_tower_graph.h"
#include "model/torch_guard.h"

namespace hilum::model {
namespace {

Error invalid(std::string message) {
  return {ErrorCode::kInvalidInput, "cannot use the text tower: " + std::move(message)};
}

Status check_weights(const TextTowerWeights& weights) {
  const int vocabulary = weights.tokenizer.vocabulary();
  if (vocabulary != weights.size.vocabulary) {
    return invalid(fmt::format("its tokenizer makes {} token ids and it has {} token embeddings",
                               vocabulary, weights.size.vocabulary));
  }
  ShapeTable given;
  for (const auto& [shape, values] : weights.parameters) {
    std::size_t count = 1;
    for (const std::int64_t n : shape.shape) count *= static_cast<std::size_t>(n);
    if (count != values.size()) {
      return invalid(fmt::format("'{}' has {} values instead of {}", shape.name, values.size(),
                                 shape_text(shape.shape)));
    }
    given[shape.name] = shape.shape;
  }
  for (const auto& [name, shape] : text_tower_parameters(weights.size)) {
    const auto found = given.find(name);
    if (found == given.end()) return invalid(fmt::format("'{}' is missing", name));
    if (found->second != shape) {
      return invalid(fmt::format("'{}' has shape {} instead of {}", name, shape_text(found->second),
                                 shape_text(shape)));
    }
  }
  return ok();
}

}  // namespace

struct TextTower::State {
  explicit State(TextTowerWeights taken) : weights(std::move(taken)), graph(weights.size, table) {
    for (Parameter& parameter : weights.parameters) {
      table.emplace(parameter.shape.name,
                    at::from_blob(parameter.values.data(), parameter.shape.shape));
    }
  }

  [[nodiscard]] std::vector<float> run(std::span<const std::int32_t> tokens) const {
    const c10::InferenceMode inference;
    const std::vector<std::int64_t> ids(tokens.begin(), tokens.end());
    const at::Tensor row =
        at::tensor(ids, at::kLong).view({1, static_cast<std::int64_t>(ids.size())});
    const at::Tensor feature = graph.forward(row).contiguous();
    const float* data = feature.data_ptr<float>();
    return {data, data + feature.numel()};
  }

  TextTowerWeights weights;
  TextTowerGraph::Table table;  ///< looks at `weights`
  TextTowerGraph graph;
};

TextTower::TextTower(std::unique_ptr<State> state) : state_(std::move(state)) {}
TextTower::TextTower(TextTower&&) noexcept = default;
TextTower& TextTower::operator=(TextTower&&) noexcept = default;
TextTower::~TextTower() = default;

Result<TextTower> TextTower::make(TextTowerWeights weights) {
  if (auto checked = check_weights(weights); !checked) return std::move(checked).error();
  return guarded("prepare the text tower", [&]() -> Result<TextTower> {
    return TextTower(std::make_unique<State>(std::move(weights)));
  });
}

const TextTowerSize& TextTower::size() const { return state_->weights.size; }

Result<std::vector<float>> TextTower::embed(std::string_view text) const {
  const auto context = static_cast<std::size_t>(state_->weights.size.context);
  const auto tokens = state_->weights.tokenizer.encode(text, context);
  if (!tokens) return tokens.error();
  return guarded("run the text tower",
                 [&]() -> Result<std::vector<float>> { return state_->run(*tokens); });
}

Result<std::vector<float>> TextTower::embed_all(std::span<const std::string> texts) const {
  std::vector<float> features;
  for (const std::string& text : texts) {
    const auto one = embed(text);
    if (!one) return one;
    features.insert(features.end(), one->begin(), one->end());
  }
  return features;
}

}  // namespace hilum::model
