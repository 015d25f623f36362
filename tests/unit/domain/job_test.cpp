#include "pipeline/domain/job.h"

#include <doctest/doctest.h>

#include <set>

using namespace hilum;

TEST_CASE("job: names of states survive a round trip and are distinct") {
  std::set<std::string_view> names;
  for (const JobState state : kAllJobStates) {
    CHECK(*job_state_from(to_string(state)) == state);
    names.insert(to_string(state));
  }
  CHECK(names.size() == kAllJobStates.size());
  CHECK_FALSE(job_state_from("lost").has_value());
}

TEST_CASE("job: the transition table allows just what it lists") {
  using enum JobState;
  const std::set<std::pair<JobState, JobState>> allowed{
      {kQueued, kRunning},    {kQueued, kCancelled},  {kRunning, kEncoded},   {kRunning, kQueued},
      {kRunning, kFailed},    {kRunning, kCancelled}, {kEncoded, kDelivered}, {kEncoded, kFailed},
      {kEncoded, kCancelled}, {kRunning, kHeld},      {kHeld, kEncoded},      {kHeld, kCancelled},
      {kFailed, kQueued},     {kFailed, kEncoded},    {kCancelled, kQueued}};
  for (const JobState from : kAllJobStates) {
    for (const JobState to : kAllJobStates) {
      CAPTURE(to_string(from));
      CAPTURE(to_string(to));
      CHECK(can_transition(from, to) == allowed.contains({from, to}));
    }
  }
}

TEST_CASE("job: names of a delivery's states survive a round trip") {
  for (const DeliveryState state : kAllDeliveryStates) {
    CHECK(*delivery_state_from(to_string(state)) == state);
  }
}

TEST_CASE("job: a delivery is stored only from being sent, and every way on is there") {
  using enum DeliveryState;
  for (const DeliveryState other : kAllDeliveryStates) {
    CAPTURE(to_string(other));
    CHECK(can_transition(other, kStored) == (other == kSending));
    const bool way_on =
        other == kDelivered || other == kWaiting || other == kFailed || other == kCancelled;
    CHECK(can_transition(kStored, other) == way_on);
    CHECK_FALSE(can_transition(kDelivered, other));
  }
}

TEST_CASE("job: a delivered job never moves again, every other state has a way on") {
  for (const JobState from : kAllJobStates) {
    bool moves = false;
    for (const auto& t : job_transitions()) moves = moves || t.from == from;
    CAPTURE(to_string(from));
    CHECK(moves == (from != JobState::kDelivered));
  }
}
