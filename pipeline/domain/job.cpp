#include "pipeline/domain/job.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hilum {
namespace {

using enum JobState;

constexpr std::array kJobStateNames{
    std::pair{kQueued, std::string_view{"queued"}},
    std::pair{kRunning, std::string_view{"running"}},
    std::pair{kHeld, std::string_view{"held"}},
    std::pair{kEncoded, std::string_view{"encoded"}},
    std::pair{kDelivered, std::string_view{"delivered"}},
    std::pair{kFailed, std::string_view{"failed"}},
    std::pair{kCancelled, std::string_view{"cancelled"}},
};

constexpr std::array kDeliveryStateNames{
    std::pair{DeliveryState::kWaiting, std::string_view{"waiting"}},
    std::pair{DeliveryState::kSending, std::string_view{"sending"}},
    std::pair{DeliveryState::kDelivered, std::string_view{"delivered"}},
    std::pair{DeliveryState::kFailed, std::string_view{"failed"}},
    std::pair{DeliveryState::kCancelled, std::string_view{"cancelled"}},
};

constexpr std::array kTransitions{
    JobTransition{kQueued, kRunning, "a worker claims the lease"},
    JobTransition{kQueued, kCancelled, "cancelled, or superseded by a newer job"},
    JobTransition{kRunning, kEncoded, "the result is durable"},
    JobTransition{kRunning, kHeld, "the result is durable, and doubtful as [results] hold says"},
    JobTransition{kRunning, kQueued, "retry later, lease expired, or the node restarted"},
    JobTransition{kRunning, kFailed, "an error that trying again cannot mend, or too many tries"},
    JobTransition{kRunning, kCancelled, "cancelled, or superseded by a newer job"},
    JobTransition{kHeld, kEncoded, "released by an administrator"},
    JobTransition{kHeld, kCancelled, "cancelled, or superseded by a newer job"},
    JobTransition{kEncoded, kDelivered, "every destination has confirmed"},
    JobTransition{kEncoded, kFailed, "a destination has refused for good"},
    JobTransition{kEncoded, kCancelled, "cancelled, or superseded by a newer job"},
    JobTransition{kFailed, kQueued, "retried; there is no result yet"},
    JobTransition{kFailed, kEncoded, "retried; the result is there, only deliveries are not"},
    JobTransition{kCancelled, kQueued, "retried"},
};

template <class State, std::size_t N>
std::string_view name_of(const std::array<std::pair<State, std::string_view>, N>& names,
                         State state) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](const auto& entry) { return entry.first == state; });
  return found == names.end() ? std::string_view{"?"} : found->second;
}

template <class State, std::size_t N>
Result<State> state_of(const std::array<std::pair<State, std::string_view>, N>& names,
                       std::string_view name) {
  for (const auto& [state, text] : names) {
    if (text == name) return state;
  }
  return Error{ErrorCode::kInvalidInput, fmt::format("'{}' is not a state", name)};
}

}  // namespace

std::string_view to_string(JobState state) { return name_of(kJobStateNames, state); }
Result<JobState> job_state_from(std::string_view name) { return state_of(kJobStateNames, name); }

std::span<const JobTransition> job_transitions() { return kTransitions; }

bool can_transition(JobState from, JobState to) {
  return std::any_of(kTransitions.begin(), kTransitions.end(),
                     [&](const auto& t) { return t.from == from && t.to == to; });
}

std::string_view to_string(DeliveryState state) { return name_of(kDeliveryStateNames, state); }
Result<DeliveryState> delivery_state_from(std::string_view name) {
  return state_of(kDeliveryStateNames, name);
}

}  // namespace hilum
