#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/bundle.h"
#include "model/import/state_dict.h"
#include "model/lacaf_parameters.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// What a state dict of LA-CAF's reference implementation gives.
struct LaCafWeights {
  LaCafSize size;                     ///< read off the shapes
  std::vector<Parameter> parameters;  ///< `lacaf_parameters(size)` without `organ_embedding`
  std::optional<std::vector<float>> text_features;  ///< [K, 512], when the file has them
  std::map<std::string, int> ignored;  ///< what the forward pass does not read: kind -> tensors
  std::size_t elements = 0;            ///< of `parameters`
};

/// Takes the network out of `dict`. Base width, number of classes and window (the pooling adapter's
/// input times 8) come from the shapes of three tensors, everything else must then fit. Text
/// features may be [K, 512] or [K, 1, 512] or missing. kInvalidInput names every missing, surplus
/// and misshapen tensor in one message.
Result<LaCafWeights> take_lacaf(StateDict& dict);

}  // namespace hilum::model
