#include "model/train/initial_weights.h"

#include <cmath>
#include <map>
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

}  // namespace

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
