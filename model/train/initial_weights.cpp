#include "model/train/initial_weights.h"

#include <cmath>
#include <map>
#include <numbers>
#include <string>

#include "model/generated_weights.h"

namespace hilum::model::train {
namespace {

std::size_t element_count(const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (const std::int64_t n : shape) count *= static_cast<std::size_t>(n);
  return count;
}

/// Inputs of one output of a layer, from its weight's shape, as PyTorch counts them: all dimensions
/// but the first, for transposed convolutions too.
double fan_in(const std::vector<std::int64_t>& weight) {
  return static_cast<double>(element_count(weight)) / static_cast<double>(weight.front());
}

std::vector<float> uniform(const ParameterShape& parameter, double bound, std::uint64_t seed) {
  std::vector<float> values;
  const std::size_t count = element_count(parameter.shape);
  values.reserve(count);
  for (const double u : generated_numbers("initial " + parameter.name, count, seed)) {
    values.push_back(static_cast<float>(bound * u));
  }
  return values;
}

/// Standard normal numbers from pairs of uniform ones (Box and Muller).
std::vector<float> normal(const ParameterShape& parameter, double sd, std::uint64_t seed) {
  const std::size_t count = element_count(parameter.shape);
  const auto uniforms = generated_numbers("initial " + parameter.name, 2 * count, seed);
  std::vector<float> values;
  values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double radius = std::sqrt(-2 * std::log(0.5 - 0.5 * uniforms[2 * i]));
    const double angle = std::numbers::pi * uniforms[2 * i + 1];
    values.push_back(static_cast<float>(sd * radius * std::cos(angle)));
  }
  return values;
}

/// Standard deviation of a matrix of the text tower; 0 for a vector.
double text_tower_sd(const ParameterShape& parameter, const TextTowerSize& size) {
  if (parameter.shape.size() < 2) return 0;
  const auto ends = [&](std::string_view end) { return parameter.name.ends_with(end); };
  const double layer = 1 / std::sqrt(size.width);
  if (ends("token_embedding.weight")) return 0.02;
  if (ends("positional_embedding")) return 0.01;
  if (ends("in_proj_weight") || ends("text_projection")) return layer;
  if (ends("c_fc.weight")) return layer / std::sqrt(2.0);
  return layer / std::sqrt(2.0 * size.layers);  // what is added to the stream
}

}  // namespace

std::vector<Parameter> initial_text_tower(const TextTowerSize& size, std::uint64_t seed) {
  std::vector<Parameter> parameters;
  for (ParameterShape& parameter : text_tower_parameters(size)) {
    const double sd = text_tower_sd(parameter, size);
    std::vector<float> values;
    if (sd > 0) {
      values = normal(parameter, sd, seed);
    } else {
      values.assign(element_count(parameter.shape), parameter.name.ends_with(".weight") ? 1 : 0);
    }
    parameters.push_back({std::move(parameter), std::move(values)});
  }
  return parameters;
}

std::vector<Parameter> initial_weights(const LaCafSize& size, std::uint64_t seed) {
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const auto& [name, shape] : lacaf_parameters(size)) shapes.emplace(name, shape);

  std::vector<Parameter> parameters;
  for (ParameterShape& parameter : lacaf_parameters(size)) {
    if (parameter.name == "organ_embedding") continue;
    const std::string layer = parameter.name.substr(0, parameter.name.rfind('.'));
    const auto& weight = shapes.at(layer + ".weight");
    std::vector<float> values;
    if (weight.size() == 1) {
      values.assign(element_count(parameter.shape), parameter.name.ends_with(".weight") ? 1 : 0);
    } else {
      values = uniform(parameter, 1 / std::sqrt(fan_in(weight)), seed);
    }
    parameters.push_back({std::move(parameter), std::move(values)});
  }
  return parameters;
}

}  // namespace hilum::model::train
