#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/tokenizer.h"

namespace hilum::model::train {

/// A set of values of `Sample::label`: bit v stands for value v. Bit 0, the background, is never
/// in it.
using LabelSet = std::uint32_t;

constexpr LabelSet label_set(int value) { return LabelSet{1} << value; }

/// What the network is asked for, and which voxels are right.
struct Prompt {
  std::string text;
  LabelSet labels = 0;
  bool operator==(const Prompt&) const = default;
};

/// Token ids of several texts, [texts][length] row-major; short rows are filled with 0 behind their
/// end token, as the text tower expects it.
struct TokenRows {
  std::int64_t texts = 0;
  std::int64_t length = 0;
  std::vector<std::int64_t> ids;
};

/// Errors of `Tokenizer::encode`, naming the text.
Result<TokenRows> tokenize(const Tokenizer& tokenizer, std::span<const std::string> texts,
                           int context);

/// How several prompts share a voxel.
enum class Winner {
  kLargest,  ///< the most probable prompt takes it, as the node labels classes
  kAll,      ///< every prompt takes it for which p > threshold: targets that overlap
};

/// The questions of one step. Without tokens they are the classes of the network, whose text
/// features it has stored.
struct Query {
  std::vector<LabelSet> targets;  ///< of each prompt
  TokenRows tokens;
  Winner winner = Winner::kLargest;
};

/// What a network is asked that is trained for its classes alone: class k is label k + 1.
Query class_query(int classes);

/// A target that means either side of the patient wherever it means one: with each class k its
/// partner's label is in it, too. `partners` has the index of the same class on the other side for
/// each class, its own where there is none.
LabelSet on_either_side(LabelSet target, std::span<const int> partners);

/// For each (window, prompt) whether the window labels every value that the prompt means, [N][K];
/// `labelled` is [N][values].
std::vector<std::uint8_t> labelled_prompts(std::span<const std::uint8_t> labelled, int windows,
                                           std::span<const LabelSet> targets);

}  // namespace hilum::model::train
