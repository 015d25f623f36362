#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/train/training_log.h"

namespace hilum::model::train {

/// Voxels of one class over the windows that label it.
struct DiceCount {
  std::int64_t overlap = 0;  ///< predicted and true
  std::int64_t predicted = 0;
  std::int64_t truth = 0;

  DiceCount& operator+=(const DiceCount& other) {
    overlap += other.overlap;
    predicted += other.predicted;
    truth += other.truth;
    return *this;
  }
  /// Nothing when the class is neither predicted nor there: such windows say nothing about it.
  [[nodiscard]] std::optional<double> dice() const {
    if (predicted + truth == 0) return std::nullopt;
    return 2 * static_cast<double>(overlap) / static_cast<double>(predicted + truth);
  }
  bool operator==(const DiceCount&) const = default;
};

using DiceCounts = std::vector<DiceCount>;  ///< per class

inline void add(DiceCounts& sum, const DiceCounts& more) {
  for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += more[k];
}
inline ClassDice dice_of(const DiceCounts& counts) {
  ClassDice dice;
  for (const DiceCount& count : counts) dice.push_back(count.dice());
  return dice;
}

}  // namespace hilum::model::train
