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
    std::pair{DeliveryState::kStored, std::string_view{"stored"}},
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

constexpr std::array kDeliveryTransitions{
    DeliveryTransition{DeliveryState::kWaiting, DeliveryState::kSending,
                       "a worker claims it: it is due, and the series is closed"},
    DeliveryTransition{DeliveryState::kWaiting, DeliveryState::kCancelled,
                       "its job is cancelled or superseded"},
    DeliveryTransition{DeliveryState::kSending, DeliveryState::kDelivered,
                       "the destination has answered all with success, and need not commit"},
    DeliveryTransition{DeliveryState::kSending, DeliveryState::kStored,
                       "the destination has answered all with success, and is to commit"},
    DeliveryTransition{DeliveryState::kSending, DeliveryState::kWaiting,
                       "to be tried again later, lease expired, or the node restarted"},
    DeliveryTransition{DeliveryState::kSending, DeliveryState::kFailed,
                       "refused for good, or tried for too long"},
    DeliveryTransition{DeliveryState::kSending, DeliveryState::kCancelled,
                       "it did not arrive, or is unconfirmed, and its job was cancelled meanwhile"},
    DeliveryTransition{DeliveryState::kStored, DeliveryState::kDelivered,
                       "every object is committed, or the destination does not do that and need "
                       "not"},
    DeliveryTransition{DeliveryState::kStored, DeliveryState::kWaiting,
                       "objects are not committed: these are sent again"},
    DeliveryTransition{DeliveryState::kStored, DeliveryState::kFailed,
                       "refused for good, too many requests without a report, or tried for too "
                       "long"},
    DeliveryTransition{DeliveryState::kStored, DeliveryState::kCancelled,
                       "its job is cancelled or superseded"},
    DeliveryTransition{DeliveryState::kFailed, DeliveryState::kWaiting, "the job is retried"},
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
std::span<const DeliveryTransition> delivery_transitions() { return kDeliveryTransitions; }

bool can_transition(DeliveryState from, DeliveryState to) {
  return std::ranges::any_of(kDeliveryTransitions,
                             [&](const auto& t) { return t.from == from && t.to == to; });
}

Result<DeliveryState> delivery_state_from(std::string_view name) {
  return state_of(kDeliveryStateNames, name);
}

}  // namespace hilum
