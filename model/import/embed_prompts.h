#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/bundle.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// Features of `prompts`, [N, output] row-major, from a text tower with these weights; the errors
/// of TextTower. kUnsupported in a build without LibTorch.
Result<std::vector<float>> embed_prompts(TextTowerWeights weights,
                                         std::span<const std::string> prompts);

}  // namespace hilum::model
