#include "pipeline/retention.h"

#include <algorithm>
#include <map>
#include <set>

#include "tests/unit/db/store_fixture.h"

using namespace hilum;
using namespace hilum::pipeline;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

/// A store with real rows, and files of which a set tells which series has any.
struct Setup : StoreFixture {
  TempDir results;
  std::set<SeriesKey> files;
  std::set<SeriesKey> held;     ///< being received
  std::size_t room_for = 1000;  ///< space is scarce while more series than this have files
  bool recorded = true;
  int discards = 0;

  RetentionStore& retention_store() { return dynamic_cast<RetentionStore&>(*store); }
  Retention retention(RetentionPolicy policy) {
    return Retention({.store = retention_store(),
                      .clock = clock,
                      .results = results.path(),
                      .free_files = [this](const SeriesKey& key, const auto& mark) -> Result<bool> {
                        if (held.contains(key)) return false;
                        auto marked = mark();
                        if (marked && *marked) files.erase(key);
                        return marked;
                      },
                      .all_recorded = [this] { return recorded; },
                      .space_is_scarce = [this] { return files.size() > room_for; },
                      .discard_quarantined = [this](Time) -> Result<int> { return ++discards; }},
                     policy);
  }
  std::string result_of(int series) const { return fmt::format("2.25.{}.dcm", series); }
  void make(int series, const std::vector<std::string>& destinations) {
    const JobId id = running_job(series);
    const ResultObject object{ResultKind::kSegmentation, *SeriesUid::parse("2.25.1"),
                              *SopInstanceUid::parse(fmt::format("2.25.{}", series)),
                              result_of(series)};
    REQUIRE(store->job_encoded(id, "node/job-0", result_for(destinations, object), now()));
    write_file(results / result_of(series), "SEG");
    files.insert(key_of(series));
  }
  void deliver(int series) {
    make(series, {"pacs"});
    REQUIRE(store->delivery_done(sending().id, "node/delivery-0", now()));
    clock.advance(1s);
  }
  void refuse(int series) {
    receive(series, 1, 3);
    close(series, NotSegmented{"no CT"});
    files.insert(key_of(series));
  }
  [[nodiscard]] bool has_result(int series) const {
    return fs::exists(results / result_of(series));
  }
};

constexpr RetentionPolicy kThreeDays{.delivered = 72h};

}  // namespace

TEST_CASE_FIXTURE(Setup,
                  "retention: frees instances and result when the time is over, not before") {
  deliver(1);
  auto keeper = retention(kThreeDays);
  clock.advance(72h - 2s);
  CHECK(keeper.round() == 0);
  CHECK(has_result(1));
  clock.advance(2s);
  CHECK(keeper.round() == 1);
  CHECK(files.empty());
  CHECK_FALSE(has_result(1));
  CHECK(keeper.round() == 0);
}

TEST_CASE_FIXTURE(Setup, "retention: zero days frees what is at rest, no limit keeps for ever") {
  deliver(1);
  refuse(2);
  auto keeper = retention({.delivered = 0ms});
  CHECK(keeper.round() == 1);
  CHECK(files == std::set{key_of(2)});
  clock.advance(24h * 36500);
  CHECK(keeper.round() == 0);
}

TEST_CASE_FIXTURE(Setup, "retention: scarce space takes delivered series early, oldest first") {
  refuse(9);
  for (const int series : {3, 1, 2}) deliver(series);
  make(4, {});        // sent nowhere
  make(5, {"pacs"});  // not delivered yet
  room_for = 4;
  auto keeper = retention(kThreeDays);
  CHECK(keeper.round() == 2);
  CHECK(files == std::set{key_of(2), key_of(4), key_of(5), key_of(9)});

  room_for = 0;  // whatever is missing: what is not delivered stays
  CHECK(keeper.round() == 1);
  CHECK(keeper.round() == 0);
  CHECK(files == std::set{key_of(4), key_of(5), key_of(9)});
  CHECK(has_result(5));
}

TEST_CASE_FIXTURE(Setup, "retention: scarce space takes nothing when that is switched off") {
  deliver(1);
  room_for = 0;
  auto keeper = retention({.delivered = 72h, .free_early = false});
  CHECK(keeper.round() == 0);
}

TEST_CASE_FIXTURE(Setup, "retention: a series that is just being received is left for later") {
  deliver(1);
  auto keeper = retention({.delivered = 0ms});
  SUBCASE("an instance of it is being filed") {
    held.insert(key_of(1));
    CHECK(keeper.round() == 0);
    held.clear();
  }
  SUBCASE("the store does not know yet what has come") {
    recorded = false;
    CHECK(keeper.round() == 0);
    recorded = true;
  }
  CHECK(files.size() == 1);
  CHECK(has_result(1));
  CHECK(keeper.round() == 1);
}

TEST_CASE_FIXTURE(Setup, "retention: what came in between keeps its files") {
  deliver(1);
  RetentionStore& rows = retention_store();
  // A late slice is recorded after the series was chosen and before it is freed.
  Retention keeper({.store = rows,
                    .clock = clock,
                    .results = results.path(),
                    .free_files = [this](const SeriesKey&, const auto& mark) -> Result<bool> {
                      receive(1, 4, 4);
                      return mark();
                    },
                    .all_recorded = [] { return true; },
                    .space_is_scarce = [] { return false; },
                    .discard_quarantined = [](Time) -> Result<int> { return 0; }},
                   {.delivered = 0ms});
  CHECK(keeper.round() == 0);
  CHECK(has_result(1));
  for (const auto& i : *store->instances_of(key_of(1))) CHECK_FALSE(i.file.empty());
}

TEST_CASE_FIXTURE(Setup, "retention: a round is bounded, the rest follows") {
  for (int series = 1; series <= Retention::kSeriesPerRound + 3; ++series) deliver(series);
  auto keeper = retention({.delivered = 0ms});
  CHECK(keeper.round() == Retention::kSeriesPerRound);
  CHECK(keeper.round() == 3);
}

TEST_CASE_FIXTURE(Setup, "retention: results whose deletion was only recorded are swept at start") {
  deliver(1);
  deliver(2);
  REQUIRE(*retention_store().free_series(key_of(1), {.delivered_before = now() + 1ms}, now()));
  write_file(results / "notes.txt", "an administrator's own");
  retention(kThreeDays).sweep_results();
  CHECK_FALSE(has_result(1));
  CHECK(has_result(2));
  CHECK(fs::exists(results / "notes.txt"));
}

TEST_CASE_FIXTURE(Setup, "retention: history and quarantine have times of their own") {
  deliver(1);
  auto keeper = retention({.delivered = 0ms, .quarantined = 24h, .history = 24h});
  CHECK(keeper.round() == 1);
  CHECK(discards == 1);
  CHECK(store->series(10)->size() == 1);
  clock.advance(25h);
  CHECK(keeper.round() == 0);
  CHECK(store->series(10)->empty());
}

TEST_CASE_FIXTURE(Setup, "retention: files that cannot be deleted are told, and the result goes") {
  deliver(1);
  Retention keeper({.store = retention_store(),
                    .clock = clock,
                    .results = results.path(),
                    .free_files = [](const SeriesKey&, const auto& mark) -> Result<bool> {
                      if (auto marked = mark(); !marked) return marked;
                      return Error{ErrorCode::kInternal, "read-only file system"};
                    },
                    .all_recorded = [] { return true; },
                    .space_is_scarce = [] { return false; },
                    .discard_quarantined = [](Time) -> Result<int> { return 0; }},
                   {.delivered = 0ms});
  CHECK(keeper.round() == 0);
  CHECK_FALSE(has_result(1));
}

TEST_CASE_FIXTURE(Setup, "retention: works by itself between start and stop") {
  deliver(1);
  auto keeper = retention({.delivered = 0ms});
  keeper.start();
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (has_result(1) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(5ms);
  keeper.stop();
  CHECK_FALSE(has_result(1));
}
