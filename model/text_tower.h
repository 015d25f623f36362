#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/bundle.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// CLIP's text encoder with LibTorch, in float32 on the CPU: text to the features that
/// `organ_embedding` holds. Immutable, safe from any thread.
class TextTower {
 public:
  /// Takes the weights over without a copy. kInvalidInput, naming the tensor, when they are not
  /// `text_tower_parameters` of their size, or the tokenizer makes other ids than they have
  /// embeddings for.
  static Result<TextTower> make(TextTowerWeights weights);

  TextTower(TextTower&&) noexcept;
  TextTower& operator=(TextTower&&) noexcept;
  ~TextTower();

  [[nodiscard]] const TextTowerSize& size() const;
  /// The feature of one text, [output], not normalised. Errors of `Tokenizer::encode`; kNoSpace
  /// when memory does not suffice.
  [[nodiscard]] Result<std::vector<float>> embed(std::string_view text) const;
  /// Features [N][output] of N texts, each what `embed` gives.
  [[nodiscard]] Result<std::vector<float>> embed_all(std::span<const std::string> texts) const;

 private:
  struct State;
  explicit TextTower(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hilum::model
