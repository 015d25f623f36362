#pragma once

#include <cstdint>
#include <vector>

#include "model/bundle.h"

namespace hilum::model::train {

/// Values of all of `lacaf_parameters(size)` but the text features, as PyTorch initialises the
/// layers (and so the reference implementation): convolutions and linear layers uniform in
/// +-1/sqrt(fan_in) (Kaiming with a = sqrt 5), weights and biases alike; normalisations 1 and 0. A
/// pure function of seed and parameter name.
std::vector<Parameter> initial_weights(const LaCafSize& size, std::uint64_t seed);

/// Values of `text_tower_parameters(size)`, without prefix, as CLIP initialises its text encoder
/// (github.com/openai/CLIP, `initialize_parameters`): normal, with standard deviations that keep
/// the residual stream's size over the layers.
std::vector<Parameter> initial_text_tower(const TextTowerSize& size, std::uint64_t seed);

}  // namespace hilum::model::train
