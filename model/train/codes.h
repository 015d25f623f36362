#pragma once

#include <map>
#include <vector>

#include "model/train/prompts.h"

namespace hilum::model::train {

/// The text feature that phrases of each meaning are drawn towards while a tower learns to read:
/// the same for all that mean the same. Immutable; safe from any thread.
class Codes {
 public:
  using Code = std::vector<float>;  ///< kTextFeatures numbers

  /// For a tower that knows nothing: each label has a fixed random vector, and the code of a
  /// meaning is the sum of its labels' divided by the square root of their number, so that a union
  /// lies between its parts.
  static Codes of_labels() { return Codes({}); }
  /// For a tower that reads already, whose network has learned to obey what it says: the mean of
  /// what it says of each meaning. Meanings that are not in `means` have the codes of their labels.
  explicit Codes(std::map<LabelSet, Code> means) : means_(std::move(means)) {}

  [[nodiscard]] Code of(LabelSet meaning) const;

 private:
  std::map<LabelSet, Code> means_;
};

}  // namespace hilum::model::train
