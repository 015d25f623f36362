#include "scp/series_guard.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

using namespace hilum;
using namespace hilum::scp;

namespace {

const SeriesKey kSeries{*StudyUid::parse("1.2.3"), *SeriesUid::parse("1.2.3.4")};
const SeriesKey kOther{*StudyUid::parse("1.2.3"), *SeriesUid::parse("1.2.3.5")};

}  // namespace

TEST_CASE("series guard: a series that is being filed is not freed, another one is") {
  SeriesGuard guard;
  {
    const auto first = guard.hold(kSeries);
    const auto second = guard.hold(kSeries);  // of two associations
    CHECK_FALSE(guard.try_claim(kSeries));
    CHECK(guard.try_claim(kOther));
  }
  CHECK(guard.try_claim(kSeries));
  CHECK(guard.try_claim(kSeries));  // the first claim went at once
}

TEST_CASE("series guard: filing waits until the series is freed, and is not overtaken") {
  SeriesGuard guard;
  std::atomic<bool> filed = false;
  std::optional<SeriesGuard::Hold> claim = guard.try_claim(kSeries);
  REQUIRE(claim);
  std::jthread filing([&] {
    const auto hold = guard.hold(kSeries);
    filed = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK_FALSE(filed);
  CHECK_FALSE(guard.try_claim(kSeries));
  claim.reset();
  filing.join();
  CHECK(filed);
  CHECK(guard.try_claim(kSeries));
}
