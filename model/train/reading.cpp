#include "model/train/reading.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "model/generated_weights.h"

namespace hilum::model::train {
namespace {

using at::Tensor;

/// About the size of CLIP's features.
constexpr double kCodeScale = 0.5;

std::vector<float> code_of(LabelSet meaning) {
  std::vector<float> code(kTextFeatures, 0);
  int labels = 0;
  for (int value = 1; value < 32; ++value) {
    if ((meaning & label_set(value)) == 0) continue;
    ++labels;
    const auto numbers = generated_numbers(fmt::format("meaning {}", value), code.size());
    for (std::size_t i = 0; i < code.size(); ++i) code[i] += static_cast<float>(numbers[i]);
  }
  const auto scale = static_cast<float>(kCodeScale / std::sqrt(labels));
  for (float& number : code) number *= scale;
  return code;
}

Tensor distance(const TrainableNetwork& network, const Asking::Lesson& lesson) {
  std::vector<float> codes;
  for (const LabelSet meaning : lesson.meanings) {
    const auto code = code_of(meaning);
    codes.insert(codes.end(), code.begin(), code.end());
  }
  const Tensor wanted = at::tensor(codes).view({-1, kTextFeatures}).to(network.device());
  const Tensor off = network.text_features(lesson.tokens) - wanted;
  return off.square().mean() / wanted.square().mean();
}

}  // namespace

double add_reading_gradients(TrainableNetwork& network, const Asking::Lesson& lesson,
                             double weight) {
  const at::AutoGradMode record(true);
  const Tensor loss = distance(network, lesson);
  torch::autograd::backward({loss * weight}, {});
  return loss.item<double>();
}

double reading_distance(const TrainableNetwork& network, const Asking::Lesson& lesson) {
  const at::NoGradGuard no_grad;
  return distance(network, lesson).item<double>();
}

}  // namespace hilum::model::train
