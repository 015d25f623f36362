#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/train/dice_counts.h"
#include "model/train/network_start.h"
#include "model/train/prompts.h"

namespace hilum::model::train {

/// What a network is asked in each step of a run: its classes, or, when its text tower learns,
/// prompts from the vocabulary. Where the patient's anatomy gives the sides (`SideSource`), the
/// network is not asked for them: a window shows too little of a chest to know its side, and a
/// network that has to guess learns slowly what it could know. A prompt of one side then means its
/// vessels on either. Immutable; safe from any thread.
class Asking {
 public:
  /// kInvalidInput when a class's prompt is too long for the tower.
  static Result<Asking> make(const NetworkStart& start, std::uint64_t seed);

  [[nodiscard]] bool by_prompts() const { return context_ > 0; }
  /// The questions of step `step`; a function of it and the seed.
  [[nodiscard]] Result<Query> of_step(std::int64_t step) const;
  /// The classes themselves, by the text features that the network has stored.
  [[nodiscard]] Query classes() const;
  /// The classes' own prompts; no rows when their text features are stored.
  [[nodiscard]] const TokenRows& class_prompts() const { return class_tokens_; }
  /// Counts per class of what was counted per prompt; nothing for classes that were not asked for.
  [[nodiscard]] DiceCounts per_class(const Query& query, const DiceCounts& counts) const;

  /// Phrases to read, and what they mean.
  struct Lesson {
    TokenRows tokens;
    std::vector<LabelSet> meanings;
  };
  /// Lesson `number` of `phrases` trained phrasings of any targets, the shortest first.
  [[nodiscard]] Result<Lesson> lesson(std::int64_t number, int phrases) const;

 private:
  Asking(std::uint64_t seed, int context, std::vector<std::string> class_texts,
         std::vector<int> partners)
      : seed_(seed),
        context_(context),
        class_texts_(std::move(class_texts)),
        partners_(std::move(partners)) {}

  [[nodiscard]] LabelSet target_of(LabelSet labels) const {
    return on_either_side(labels, partners_);
  }

  std::uint64_t seed_;
  int context_;  ///< of the tower that learns; 0: none does
  std::vector<std::string> class_texts_;
  /// Of each class the one that means the same to the network; itself where sides are asked for.
  std::vector<int> partners_;
  TokenRows class_tokens_{};
};

}  // namespace hilum::model::train
