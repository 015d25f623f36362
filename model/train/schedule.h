#pragma once

#include <cstdint>

namespace hilum::model::train {

/// Linear warm-up, then half a cosine down to zero (la-caf.md's recipe).
struct Schedule {
  double peak = 8e-4;
  std::int64_t warm_up_steps = 0;
  std::int64_t steps = 1;

  /// Learning rate of step 0..steps-1. The first step has peak / (warm_up_steps + 1), so that it
  /// learns something; `peak` comes right after the warm-up.
  [[nodiscard]] double rate(std::int64_t step) const;
};

/// Ten epochs as in the paper, but at most a tenth of a short run.
std::int64_t default_warm_up(std::int64_t steps, std::int64_t steps_per_epoch);

}  // namespace hilum::model::train
