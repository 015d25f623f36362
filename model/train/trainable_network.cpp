#include "model/train/trainable_network.h"

#include <algorithm>
#include <utility>

#include "model/text_tower_graph.h"
#include "model/train/recompute.h"

namespace hilum::model::train {
namespace {

using at::Tensor;

constexpr const char* kEmbedding = "organ_embedding";

Tensor tensor_of(const std::vector<float>& values, const std::vector<std::int64_t>& shape,
                 const at::Device& device) {
  Tensor tensor = at::empty(shape, at::kFloat);
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  return tensor.to(device);
}

std::vector<float> values_of(const Tensor& tensor) {
  const Tensor here = tensor.detach().to(at::kCPU).contiguous();
  const float* begin = here.data_ptr<float>();
  return {begin, begin + here.numel()};
}

/// Runs the levels of one forward pass, keeping or recomputing what is inside them.
class Levels {
 public:
  Levels(const LaCafSize& size, const WeightTable& weights, LevelPath path, Activations activations)
      : size_(size),
        weights_(weights),
        graph_(size, weights),
        path_(path),
        activations_(activations) {}

  /// A part of the network that reads the weights whose names start with `prefix`.
  template <class Compute>
  Tensor run(const std::string& prefix, const std::vector<Tensor>& inputs, const Compute& compute) {
    if (activations_ == Activations::kKept) return compute(graph_, inputs);
    Level level{.size = size_, .names = {}, .compute = compute};
    for (const auto& [name, tensor] : weights_) {
      if (name.starts_with(prefix)) level.names.push_back(name);
    }
    // The table has no order of its own, gradients should be summed in the same one every time.
    std::ranges::sort(level.names);
    std::vector<Tensor> weights;
    for (const std::string& name : level.names) weights.push_back(weights_.at(name));
    return recomputed(level, inputs, weights);
  }

  Tensor down(const Tensor& x, const std::string& block) {
    return run("backbone." + block + ".", {x},
               [block, path = path_](const LaCafGraph& graph, const auto& in) {
                 return path.two_convs(graph, in[0], block);
               });
  }
  Tensor pooled_down(const Tensor& x, const std::string& block) {
    return run("backbone." + block + ".", {x},
               [block, path = path_](const LaCafGraph& graph, const auto& in) {
                 return path.pooled_two_convs(graph, in[0], block);
               });
  }
  Tensor up(const Tensor& x, const Tensor& skip, const std::string& block) {
    return run("backbone." + block + ".", {x, skip},
               [block, path = path_](const LaCafGraph& graph, const auto& in) {
                 return path.up(graph, in[0], in[1], block);
               });
  }
  Tensor head(const Tensor& shallow, const Tensor& parameters) {
    return run("precls_conv.", {shallow, parameters},
               [path = path_](const LaCafGraph& graph, const auto& in) {
                 return path.head(graph, in[0], in[1]);
               });
  }
  [[nodiscard]] const LaCafGraph& graph() const { return graph_; }

 private:
  const LaCafSize& size_;
  const WeightTable& weights_;
  LaCafGraph graph_;
  LevelPath path_;
  Activations activations_;
};

}  // namespace

TrainableNetwork::TrainableNetwork(const LaCafSize& size, std::span<const Parameter> parameters,
                                   const Options& options)
    : size_(size), options_(options) {
  for (const auto& [shape, values] : parameters) {
    Tensor weight = tensor_of(values, shape.shape, options.device);
    if (is_trained(shape.name)) {
      weight.requires_grad_(true);
      moments_.emplace(shape.name, AdamW::Moments{.first = at::zeros_like(weight.detach()),
                                                  .second = at::zeros_like(weight.detach())});
    }
    weights_.emplace(shape.name, std::move(weight));
  }
}

bool TrainableNetwork::is_trained(const std::string& name) const {
  if (name == kEmbedding && options_.text != TextTraining::kVectors) return false;
  return std::ranges::none_of(options_.frozen,
                              [&](const auto& beginning) { return name.starts_with(beginning); });
}

bool TrainableNetwork::tower_learns() const {
  return std::ranges::any_of(
      moments_, [](const auto& trained) { return trained.first.starts_with(kTextTowerPrefix); });
}

/// The weights themselves, or for bfloat16 rounded copies of the large layers' (gradients pass
/// through the rounding). Instance norm takes float weights with any input; group norm does not.
WeightTable TrainableNetwork::computing_weights() const {
  if (options_.precision != Precision::kBFloat16 || path().is_fast()) return weights_;
  WeightTable table;
  for (const auto& [name, weight] : weights_) {
    const bool large = (name.starts_with("backbone.") && name.find(".bn1.") == std::string::npos) ||
                       name.starts_with("precls_conv.");
    table.emplace(name, large ? weight.to(at::kBFloat16) : weight);
  }
  return table;
}

const Tensor& TrainableNetwork::class_features() const { return weights_.at(kEmbedding); }

Tensor TrainableNetwork::text_features(const TokenRows& tokens) const {
  const TextTowerGraph tower(options_.tower.value(), weights_, std::string(kTextTowerPrefix));
  return tower.forward(
      at::tensor(tokens.ids, at::kLong).view({tokens.texts, tokens.length}).to(options_.device));
}

void TrainableNetwork::embed_classes(const TokenRows& prompts) {
  const at::NoGradGuard no_grad;
  weights_.at(kEmbedding) = text_features(prompts);
}

LevelPath TrainableNetwork::path() const {
  if (!options_.device.is_cpu() || options_.path == ComputePath::kReference) {
    return LevelPath::plain();
  }
  return LevelPath::fast(options_.precision == Precision::kBFloat16 ? at::kBFloat16 : at::kFloat);
}

Tensor TrainableNetwork::logits(const Tensor& windows, const Tensor& text_features,
                                Activations activations) const {
  const WeightTable weights = computing_weights();
  Levels levels(size_, weights, path(), activations);
  const bool rounded = options_.precision == Precision::kBFloat16 && !path().is_fast();
  const auto type = rounded ? at::kBFloat16 : at::kFloat;
  const Tensor skip64 = levels.down(windows.to(type), "down_tr64");
  const Tensor skip128 = levels.pooled_down(skip64, "down_tr128");
  const Tensor skip256 = levels.pooled_down(skip128, "down_tr256");
  const Tensor deep = levels.pooled_down(skip256, "down_tr512");
  Tensor x = levels.up(deep, skip256, "up_tr256");
  x = levels.up(x, skip128, "up_tr128");
  x = levels.up(x, skip64, "up_tr64");
  const LaCafGraph& graph = levels.graph();
  const Tensor feature = graph.image_feature(deep.to(at::kFloat));
  return levels.head(x, graph.controller(feature, graph.text(text_features)));
}

void TrainableNetwork::clear_gradients() {
  for (auto& [name, weight] : weights_) weight.mutable_grad() = Tensor();
}

void TrainableNetwork::clear_moments() {
  for (auto& [name, moments] : moments_) {
    moments.first.zero_();
    moments.second.zero_();
  }
}

void TrainableNetwork::update(const AdamW::Step& step) {
  for (auto& [name, moments] : moments_) {
    Tensor& weight = weights_.at(name);
    if (weight.grad().defined()) {
      options_.optimizer.update(step, weight.grad(), weight, moments);
    }
  }
  clear_gradients();
}

std::vector<TrainedParameter> TrainableNetwork::state() const {
  std::vector<TrainedParameter> parameters;
  for (ParameterShape& shape : network_shapes(size_, options_.tower)) {
    TrainedParameter parameter;
    parameter.value = values_of(weights_.at(shape.name));
    if (const auto found = moments_.find(shape.name); found != moments_.end()) {
      parameter.first = values_of(found->second.first);
      parameter.second = values_of(found->second.second);
    }
    parameter.shape = std::move(shape);
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

void TrainableNetwork::restore(std::span<const TrainedParameter> parameters) {
  for (const TrainedParameter& parameter : parameters) {
    const auto& [name, shape] = parameter.shape;
    Tensor weight = tensor_of(parameter.value, shape, options_.device);
    weights_.at(name) = weight.requires_grad_(is_trained(name));
    const auto found = moments_.find(name);
    if (found == moments_.end() || parameter.first.empty()) continue;
    found->second = {.first = tensor_of(parameter.first, shape, options_.device),
                     .second = tensor_of(parameter.second, shape, options_.device)};
  }
}

}  // namespace hilum::model::train
