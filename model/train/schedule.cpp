#include "model/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hilum::model::train {

double Schedule::rate(std::int64_t step) const {
  if (step < warm_up_steps) {
    return peak * static_cast<double>(step + 1) / static_cast<double>(warm_up_steps + 1);
  }
  const auto done = static_cast<double>(step - warm_up_steps);
  const auto length = static_cast<double>(std::max<std::int64_t>(1, steps - warm_up_steps));
  return peak * (1 + std::cos(std::numbers::pi * done / length)) / 2;
}

std::int64_t default_warm_up(std::int64_t steps, std::int64_t steps_per_epoch) {
  constexpr std::int64_t kEpochs = 10;
  return std::min(kEpochs * steps_per_epoch, steps / 10);
}

}  // namespace hilum::model::train
