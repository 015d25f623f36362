#include "pipeline/series_assembler.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace hilum;
using namespace hilum::pipeline;
using namespace std::chrono_literals;

namespace {

const SeriesKey kA{*StudyUid::parse("1.1"), *SeriesUid::parse("1.1.1")};
const SeriesKey kB{*StudyUid::parse("1.1"), *SeriesUid::parse("1.1.2")};
const Time kStart{std::chrono::hours(1000)};

SopInstanceUid sop(int n) { return *SopInstanceUid::parse(fmt::format("1.2.{}", n)); }

SeriesAssembler ten_seconds_quiet() {
  return SeriesAssembler({.quiet_period = 10s, .longest_wait = 1h});
}

}  // namespace

TEST_CASE("series_assembler: waits for the release and then for the quiet period") {
  auto assembler = ten_seconds_quiet();
  assembler.instance_added(kA, sop(1), 7, std::nullopt, kStart);
  CHECK(assembler.take_complete(kStart + 30min).empty());  // the association is still open
  assembler.association_closed(7, kStart + 30min);
  CHECK(assembler.next_deadline() == kStart + 30min + 10s);
  CHECK(assembler.take_complete(kStart + 30min + 9s).empty());
  CHECK(assembler.take_complete(kStart + 30min + 10s) == std::vector{kA});
  CHECK(assembler.waiting() == 0);
}

TEST_CASE("series_assembler: every association that brought some of it must have ended") {
  auto assembler = ten_seconds_quiet();
  assembler.instance_added(kA, sop(1), 1, std::nullopt, kStart);
  assembler.instance_added(kA, sop(2), 2, std::nullopt, kStart);
  assembler.association_closed(1, kStart);
  CHECK(assembler.take_complete(kStart + 1min).empty());
  assembler.association_closed(2, kStart + 1min);
  CHECK(assembler.take_complete(kStart + 1min + 10s) == std::vector{kA});
}

TEST_CASE("series_assembler: the stated number of instances completes it at once") {
  auto assembler = ten_seconds_quiet();
  assembler.instance_added(kA, sop(1), 1, 2, kStart);
  CHECK(assembler.take_complete(kStart).empty());
  assembler.instance_added(kA, sop(1), 1, 2, kStart);  // a repetition does not count twice
  CHECK(assembler.take_complete(kStart).empty());
  assembler.instance_added(kA, sop(2), 1, 2, kStart + 1s);
  CHECK(assembler.take_complete(kStart + 1s) == std::vector{kA});
}

TEST_CASE("series_assembler: a peer that never releases cannot hold a series for ever") {
  auto assembler = ten_seconds_quiet();
  assembler.instance_added(kA, sop(1), 1, std::nullopt, kStart);
  assembler.instance_added(kA, sop(2), 1, std::nullopt, kStart + 59min);
  CHECK(assembler.next_deadline() == kStart + 1h);
  CHECK(assembler.take_complete(kStart + 1h) == std::vector{kA});
}

TEST_CASE("series_assembler: series of one association are apart; another one's end is no end") {
  auto assembler = ten_seconds_quiet();
  assembler.instance_added(kA, sop(1), 1, std::nullopt, kStart);
  assembler.instance_added(kB, sop(2), 2, std::nullopt, kStart);
  assembler.association_closed(2, kStart);
  CHECK(assembler.take_complete(kStart + 10s) == std::vector{kB});
  CHECK(assembler.waiting() == 1);
}

TEST_CASE("series_assembler: a late instance starts the wait anew") {
  auto assembler = ten_seconds_quiet();
  assembler.instance_added(kA, sop(1), 1, std::nullopt, kStart);
  assembler.association_closed(1, kStart);
  CHECK(assembler.take_complete(kStart + 10s).size() == 1);
  assembler.instance_added(kA, sop(2), 2, std::nullopt, kStart + 20s);
  assembler.association_closed(2, kStart + 20s);
  CHECK(assembler.take_complete(kStart + 29s).empty());
  CHECK(assembler.take_complete(kStart + 30s) == std::vector{kA});
}

TEST_CASE("series_assembler: a restored series waits one whole quiet period after the restart") {
  auto assembler = ten_seconds_quiet();
  assembler.restore({.key = kA, .instances = 3, .first_received_at = kStart}, kStart + 5min);
  CHECK(assembler.take_complete(kStart + 5min).empty());
  CHECK(assembler.take_complete(kStart + 5min + 10s) == std::vector{kA});
}

TEST_CASE("series_assembler: instances from before a restart count towards the stated number") {
  auto assembler = ten_seconds_quiet();
  assembler.restore({.key = kA, .instances = 2, .first_received_at = kStart, .expected = 3},
                    kStart);
  CHECK(assembler.take_complete(kStart).empty());
  assembler.instance_added(kA, sop(3), 1, std::nullopt, kStart + 1s);
  CHECK(assembler.take_complete(kStart + 1s) == std::vector{kA});
}

TEST_CASE("series_assembler: knows who is sending, and forgets what was closed otherwise") {
  auto assembler = ten_seconds_quiet();
  assembler.instance_added(kA, sop(1), 1, std::nullopt, kStart);
  CHECK(assembler.is_receiving(kA));
  CHECK_FALSE(assembler.is_receiving(kB));
  assembler.association_closed(1, kStart);
  CHECK_FALSE(assembler.is_receiving(kA));
  assembler.forget(kA);
  CHECK_FALSE(assembler.next_deadline());
  CHECK(assembler.take_complete(kStart + 2h).empty());
}
