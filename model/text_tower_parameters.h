#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/lacaf_parameters.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// What fixes the shapes of a CLIP text tower. All of it can be read off the weights.
struct TextTowerSize {
  int vocabulary = 0;  ///< token ids
  int context = 0;     ///< longest token sequence, with start and end
  int width = 0;       ///< of the residual stream
  int layers = 0;
  int output = 0;  ///< of `text_projection`

  /// CLIP's rule: one head for 64 features.
  static constexpr int kHeadWidth = 64;
  [[nodiscard]] int heads() const { return width / kHeadWidth; }
  bool operator==(const TextTowerSize&) const = default;
};

/// Prefix of the tower's tensors in a bundle: `text_tower.token_embedding.weight`.
inline constexpr std::string_view kTextTowerPrefix = "text_tower.";
/// Name, behind the prefix, of the U8 tensor with the tokenizer's merges.
inline constexpr std::string_view kMergesTensor = "merges";

/// Shapes by name, without `kTextTowerPrefix`.
using ShapeTable = std::map<std::string, std::vector<std::int64_t>, std::less<>>;

/// Every tensor that the tower's forward pass reads, under the names of OpenAI's state dict
/// (github.com/openai/CLIP, `clip/model.py`), without a prefix.
std::vector<ParameterShape> text_tower_parameters(const TextTowerSize& size);

/// The size that `shapes` speak of: from `token_embedding.weight`, `positional_embedding`,
/// `text_projection` and the highest `transformer.resblocks.N`. kInvalidInput, naming the tensor,
/// when one of them is missing, has another number of dimensions, or a dimension is outside the
/// limits (vocabulary 2^20, context 1024, width and output 4096, 64 layers; the width a multiple of
/// 64). Whether all other tensors are there is not looked at.
Result<TextTowerSize> text_tower_size(const ShapeTable& shapes);

}  // namespace hilum::model
