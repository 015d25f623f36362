#include "model/import/embed_prompts.h"

#include <utility>

#include "model/text_tower.h"

namespace hilum::model {

Result<std::vector<float>> embed_prompts(TextTowerWeights weights,
                                         std::span<const std::string> prompts) {
  const auto tower = TextTower::make(std::move(weights));
  if (!tower) return tower.error();
  return tower->embed_all(prompts);
}

}  // namespace hilum::model
