#pragma once

#include <chrono>
#include <optional>

#include "pipeline/domain/result.h"
#include "pipeline/domain/series.h"

namespace hilum::pipeline {

/// When to try again. The only place, beside `scp/dimse_status`, that interprets error codes.
struct RetryPolicy {
  std::chrono::seconds first{30};        ///< pause after the first failed try; doubles each time
  std::chrono::seconds longest{600};     ///< the pause never grows beyond this
  std::chrono::hours give_up_after{48};  ///< counted from `since`
};

/// The time of the next try after try number `attempt` (1-based) has failed at `now` with `code`,
/// or nothing when trying again cannot help (kUnavailable and kNoSpace can pass, everything else
/// stays) or `policy.give_up_after` has passed since `since`.
std::optional<Time> next_try(const RetryPolicy& policy, ErrorCode code, int attempt, Time since,
                             Time now);

}  // namespace hilum::pipeline
