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

}  // namespace hilum::model::train
