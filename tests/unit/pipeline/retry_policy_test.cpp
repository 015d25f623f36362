#include "pipeline/retry_policy.h"

#include <doctest/doctest.h>

using namespace hilum;
using namespace hilum::pipeline;
using namespace std::chrono_literals;

TEST_CASE("retry_policy: pauses double from the first to the longest") {
  const RetryPolicy policy{.first = 30s, .longest = 600s, .give_up_after = 48h};
  const Time start{};
  const struct {
    int attempt;
    std::chrono::seconds pause;
  } rows[] = {{1, 30s}, {2, 60s}, {3, 120s}, {5, 480s}, {6, 600s}, {1000, 600s}};
  for (const auto& [attempt, pause] : rows) {
    CAPTURE(attempt);
    const auto next = next_try(policy, ErrorCode::kUnavailable, attempt, start, start);
    REQUIRE(next.has_value());
    CHECK(*next - start == pause);
  }
}

TEST_CASE("retry_policy: only what can pass is tried again") {
  for (const auto& [code, again] : {std::pair{ErrorCode::kUnavailable, true},
                                    {ErrorCode::kNoSpace, true},
                                    {ErrorCode::kInvalidInput, false},
                                    {ErrorCode::kNotFound, false},
                                    {ErrorCode::kConflict, false},
                                    {ErrorCode::kUnsupported, false},
                                    {ErrorCode::kCancelled, false},
                                    {ErrorCode::kInternal, false}}) {
    CAPTURE(to_string(code));
    CHECK(next_try(RetryPolicy{}, code, 1, Time{}, Time{}).has_value() == again);
  }
}

TEST_CASE("retry_policy: gives up after the configured time") {
  const RetryPolicy policy{.first = 30s, .longest = 600s, .give_up_after = 2h};
  const Time since{};
  CHECK(next_try(policy, ErrorCode::kUnavailable, 9, since, since + 119min).has_value());
  CHECK_FALSE(next_try(policy, ErrorCode::kUnavailable, 9, since, since + 2h).has_value());
}
