// Freeing the files of a series, while others are received.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "tests/unit/scp/spool_fixture.h"

using namespace hilum;
using namespace hilum::scp;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

const SeriesKey kSeries{*StudyUid::parse("1.2.3"), *SeriesUid::parse("1.2.3.4")};
const auto kMark = [] { return Result<bool>(true); };

void store_two(SpoolInDir& s) {
  for (const char* sop : {"1.2.3.4.1", "1.2.3.4.2"}) {
    REQUIRE(s.store(sop, data_set(sop)).has_value());
  }
}

}  // namespace

TEST_CASE("spool: a freed series is gone with its directories, and can come again") {
  SpoolInDir s;
  store_two(s);
  CHECK(*s.spool->free_series(kSeries, kMark));
  CHECK(fs::is_empty(s.dir / "instances"));
  CHECK(fs::is_empty(s.dir / "trash"));
  CHECK(s.store("1.2.3.4.1", data_set("1.2.3.4.1", "changed"))->outcome == Spool::Outcome::kNew);
  CHECK(*s.spool->free_series(kSeries, kMark));
  CHECK(*s.spool->free_series(kSeries, kMark));  // that it has no files is no error
}

TEST_CASE("spool: nothing is freed when the store refuses or fails") {
  SpoolInDir s;
  store_two(s);
  CHECK_FALSE(*s.spool->free_series(kSeries, [] { return Result<bool>(false); }));
  const auto failed = s.spool->free_series(kSeries, []() -> Result<bool> {
    return Error{ErrorCode::kUnavailable, "locked"};
  });
  CHECK(failed.error().code == ErrorCode::kUnavailable);
  CHECK(s.files_in("instances") == 2);
}

TEST_CASE("spool: another series of the study stays") {
  SpoolInDir s;
  store_two(s);
  write_file(s.dir / "instances/1.2.3/other", "");
  CHECK(*s.spool->free_series(kSeries, kMark));
  CHECK(fs::exists(s.dir / "instances/1.2.3/other"));
}

TEST_CASE("spool: what was filed is not freed before it was reported") {
  SpoolInDir s;
  {
    const auto stored = s.store("1.2.3.4.1", data_set("1.2.3.4.1"));
    REQUIRE(stored.has_value());
    bool asked = false;
    const auto freed = s.spool->free_series(kSeries, [&] {
      asked = true;
      return Result<bool>(true);
    });
    CHECK_FALSE(*freed);
    CHECK_FALSE(asked);
    CHECK(s.files_in("instances") == 1);
  }
  CHECK(*s.spool->free_series(kSeries, kMark));
}

TEST_CASE("spool: while a series is being freed nothing of it is filed") {
  SpoolInDir s;
  store_two(s);
  std::atomic<bool> filed{false};
  std::jthread receiver;
  const auto freed = s.spool->free_series(kSeries, [&] {
    receiver = std::jthread([&] {
      // The same content: before, it would have counted as there already.
      const auto again = s.store("1.2.3.4.1", data_set("1.2.3.4.1"));
      CHECK(again->outcome == Spool::Outcome::kNew);
      filed = true;
    });
    std::this_thread::sleep_for(50ms);
    CHECK_FALSE(filed);
    return Result<bool>(true);
  });
  CHECK(*freed);
  receiver.join();
  CHECK(filed);
  CHECK(s.files_in("instances") == 1);
}

TEST_CASE("spool: receiving and freeing at once loses nothing that was stored last") {
  SpoolInDir s;
  std::atomic<bool> done{false};
  std::jthread cleaner([&] {
    while (!done) (void)s.spool->free_series(kSeries, kMark);
  });
  for (int i = 0; i < 300; ++i) {
    const auto sop = "1.2.3.4." + std::to_string(i % 3 + 1);
    const auto stored = s.store(sop, data_set(sop));
    REQUIRE_MESSAGE(stored.has_value(), stored.error().message);
    // Held until reported: it is there.
    CHECK(fs::exists(s.dir.path() / stored->instance.file));
  }
  done = true;
}

TEST_CASE("spool: what a crash left half-deleted is deleted at the next start") {
  SpoolInDir s;
  fs::create_directories(s.dir / "trash/7");
  write_file(s.dir / "trash/7/1.2.3.dcm", "left");
  s.reopen();
  CHECK(fs::is_empty(s.dir / "trash"));
}

TEST_CASE("spool: without syncing everything is filed just the same") {
  Spool::Options options;
  options.durability = Durability::kProcessCrash;
  SpoolInDir s(options);
  store_two(s);
  CHECK(s.files_in("instances") == 2);
  CHECK(s.store("1.2.3.4.1", data_set("1.2.3.4.1"))->outcome == Spool::Outcome::kSameAgain);
}
