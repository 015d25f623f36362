#include "pipeline/retry_policy.h"

#include <algorithm>

namespace hilum::pipeline {

std::optional<Time> next_try(const RetryPolicy& policy, ErrorCode code, int attempt, Time since,
                             Time now) {
  if (code != ErrorCode::kUnavailable && code != ErrorCode::kNoSpace) return std::nullopt;
  if (now - since >= policy.give_up_after) return std::nullopt;
  constexpr int kMostDoublings = 20;  // keeps the shift in range; the cap applies long before
  const int doublings = std::clamp(attempt - 1, 0, kMostDoublings);
  const auto pause = std::min(policy.first * (1 << doublings), policy.longest);
  return now + pause;
}

}  // namespace hilum::pipeline
