#include "tests/unit/db/store_fixture.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

constexpr int kMany = 100;

struct RetentionFixture : StoreFixture {
  RetentionStore& retention() { return dynamic_cast<RetentionStore&>(*store); }
  /// Everything that happened before now is beyond its limit.
  [[nodiscard]] RetentionLimits everything() const {
    return {.delivered_before = now() + 1ms,
            .not_segmented_before = now() + 1ms,
            .undelivered_before = now() + 1ms};
  }
  [[nodiscard]] RetentionLimits delivered_only() const { return {.delivered_before = now() + 1ms}; }
  std::vector<SeriesKey> due(const RetentionLimits& limits) {
    auto keys = retention().series_to_free(limits, kMany);
    REQUIRE_MESSAGE(keys, keys.error().message);
    return *keys;
  }
  /// Whether it was freed.
  bool free(int series, const RetentionLimits& limits) {
    auto freed = retention().free_series(key_of(series), limits, now());
    REQUIRE_MESSAGE(freed, freed.error().message);
    return freed->has_value();
  }
  JobId delivered_job(int series) {
    const JobId id = encoded_job(series, {"pacs"});
    REQUIRE(store->delivery_done(sending().id, "node/delivery-0", now()));
    REQUIRE(state(id) == JobState::kDelivered);
    return id;
  }
  /// A series whose files were freed.
  JobId freed_job(int series) {
    const JobId id = delivered_job(series);
    REQUIRE(free(series, everything()));
    return id;
  }
  /// Instances of a series come (again), with the content that `instance` gives them.
  std::vector<SeriesKey> come(int series, int first, int last) {
    std::vector<ReceivedInstance> instances;
    for (int number = first; number <= last; ++number) {
      instances.push_back(instance(series, number, now()));
    }
    auto grown = store->add_instances(instances);
    REQUIRE(grown);
    return *grown;
  }
};

}  // namespace

TEST_CASE_FIXTURE(RetentionFixture,
                  "retention: of each kind only what is beyond its limit is due") {
  delivered_job(1);
  receive(2, 1, 3);
  close(2, NotSegmented{"no CT"});
  const JobId failed = running_job(3);
  REQUIRE(store->job_failed(failed, "node/job-0", kRefused, now()));
  const JobId nowhere = running_job(4);
  REQUIRE(store->job_encoded(nowhere, "node/job-0", result_for({}), now()));
  REQUIRE(state(nowhere) == JobState::kDelivered);  // but there is no other copy of its result

  CHECK(due({}).empty());
  CHECK(due({.delivered_before = now()}).empty());
  CHECK(due({.delivered_before = now() + 1ms}) == std::vector{key_of(1)});
  CHECK(due({.not_segmented_before = now() + 1ms}) == std::vector{key_of(2)});
  CHECK(due({.undelivered_before = now() + 1ms}) == std::vector{key_of(3), key_of(4)});
}

TEST_CASE_FIXTURE(RetentionFixture, "retention: nothing that waits, runs or is on its way is due") {
  SUBCASE("open") { receive(1, 1, 3); }
  SUBCASE("queued") { queued_job(1); }
  SUBCASE("running") { running_job(1); }
  SUBCASE("encoded") { encoded_job(1, {"pacs"}); }
  SUBCASE("one of two destinations is left") {
    encoded_job(1, {"pacs", "archive"});
    REQUIRE(store->delivery_done(sending().id, "node/delivery-0", now()));
  }
  SUBCASE("cancelled while being sent") {
    const JobId id = encoded_job(1, {"pacs"});
    (void)sending();
    REQUIRE(store->cancel_job(id, now()));
  }
  SUBCASE("delivered, and open again") {
    delivered_job(1);
    receive(1, 4, 4);
  }
  SUBCASE("delivered, and a newer job waits") {
    delivered_job(1);
    receive(1, 4, 4);
    close(1);
  }
  CHECK(due(everything()).empty());
  CHECK_FALSE(free(1, everything()));
  for (const auto& i : *store->instances_of(key_of(1))) CHECK_FALSE(i.file.empty());
}

TEST_CASE_FIXTURE(RetentionFixture, "retention: the longest at rest comes first") {
  for (const int series : {2, 3, 1}) {
    delivered_job(series);
    clock.advance(1s);
  }
  CHECK(due(everything()) == std::vector{key_of(2), key_of(3), key_of(1)});
  CHECK(retention().series_to_free(everything(), 1)->size() == 1);
}

TEST_CASE_FIXTURE(RetentionFixture, "retention: a freed series keeps its history, not its files") {
  const JobId id = delivered_job(1);
  clock.advance(1h);
  const auto freed = *retention().free_series(key_of(1), delivered_only(), now());
  REQUIRE(freed);
  CHECK(freed->instances == 3);
  CHECK(freed->results == std::vector<std::filesystem::path>{"2.25.2.dcm"});

  store = reopened();
  CHECK(store->job(id)->state == JobState::kDelivered);
  CHECK(store->job(id)->files_freed_at == now());
  CHECK(store->series(kMany)->front().files_freed_at == now());
  CHECK(store->series(kMany)->front().instances == 3);
  CHECK(store->events_of(id)->back().reason.find("freed") != std::string::npos);
  CHECK(due(everything()).empty());
  CHECK(*retention().result_was_freed("2.25.2.dcm"));
  CHECK_FALSE(*retention().result_was_freed("2.25.3.dcm"));
  // A file that is there nevertheless is none that the store knows: the reconciliation reports it.
  CHECK_FALSE(*store->knows_instance(key_of(1), instance(1, 1, now()).sop));
}

TEST_CASE_FIXTURE(RetentionFixture, "retention: a freed series that is sent again is no new work") {
  freed_job(1);
  clock.advance(1h);
  CHECK(come(1, 1, 2).empty());  // in part ...
  CHECK(come(1, 1, 3).empty());  // ... or whole
  CHECK(store->open_series()->empty());
  CHECK(nothing_to_claim());
  CHECK(*store->knows_instance(key_of(1), instance(1, 1, now()).sop));
  // Its files are kept for a new period.
  CHECK(due({.delivered_before = now()}).empty());
  CHECK(due({.delivered_before = now() + 1ms}).size() == 1);
  CHECK(free(1, everything()));
}

TEST_CASE_FIXTURE(RetentionFixture,
                  "retention: files that a crash left behind are freed again, and nothing else") {
  freed_job(1);
  const Time received = now();
  clock.advance(72h);
  // What the reconciliation finds: the file's own time.
  const std::vector found{instance(1, 1, received)};
  CHECK(store->add_instances(found)->empty());
  CHECK(store->open_series()->empty());
  CHECK(due({.delivered_before = now() - 71h}).size() == 1);
}

TEST_CASE_FIXTURE(
    RetentionFixture,
    "retention: with a slice more, a freed series is segmented when all of it is back") {
  freed_job(1);
  CHECK(come(1, 4, 4).size() == 1);  // the new slice comes first
  CHECK(store->open_series()->size() == 1);
  SUBCASE("in time") { CHECK(come(1, 1, 3).size() == 1); }
  SUBCASE("after it was decided that too much is missing") {
    close(1, NotSegmented{"of its 4 instances 3 had been freed"});
    CHECK(come(1, 1, 3).size() == 1);
    CHECK(store->open_series()->size() == 1);
  }
  for (const auto& i : *store->instances_of(key_of(1))) CHECK_FALSE(i.file.empty());
  CHECK(close(1));
}

TEST_CASE_FIXTURE(RetentionFixture,
                  "retention: a freed instance that comes with other content is a new one") {
  freed_job(1);
  auto changed = instance(1, 1, now());
  changed.sha256 = std::string(64, 'c');
  CHECK(store->add_instances(std::vector{changed})->size() == 1);
  CHECK(store->open_series()->size() == 1);
  const auto instances = *store->instances_of(key_of(1));
  REQUIRE(instances.size() == 3);
  CHECK(instances[0].sha256 == changed.sha256);
  CHECK_FALSE(instances[0].file.empty());
  CHECK(instances[1].file.empty());
}

TEST_CASE_FIXTURE(RetentionFixture,
                  "retention: a freed job is retried only when its files are back") {
  const JobId id = encoded_job(1, {"pacs"});
  REQUIRE(store->delivery_failed(sending().id, "node/delivery-0", kRefused, now()));
  REQUIRE(free(1, everything()));
  const auto refused = store->retry_job(id, now());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kConflict);
  CHECK(refused.error().message.find("sent again") != std::string::npos);
  come(1, 1, 3);
  REQUIRE(store->retry_job(id, now()));
  CHECK(state(id) == JobState::kQueued);  // its result's file is gone: it is made again
  CHECK_FALSE(store->job(id)->files_freed_at);
}

TEST_CASE_FIXTURE(RetentionFixture,
                  "retention: what was freed long ago is forgotten, and only that") {
  const JobId old = freed_job(1);
  delivered_job(2);
  clock.advance(24h);
  freed_job(3);
  CHECK(*retention().forget_series(now(), kMany) == 1);
  CHECK(store->job(old).error().code == ErrorCode::kNotFound);
  CHECK(store->series(kMany)->size() == 2);
  CHECK(*retention().forget_series(now() + 1ms, 0) == 0);
  // What is forgotten is new when it comes again.
  CHECK(come(1, 1, 3).size() == 1);
}

TEST_CASE_FIXTURE(RetentionFixture, "job_store: the files of a held result are never freed") {
  const JobId id = running_job(1);
  JobResult result = result_for({"pacs"});
  result.hold = "nothing found";
  REQUIRE(store->job_encoded(id, "node/job-0", result, now()));
  clock.advance(std::chrono::hours(24 * 365));
  CHECK(due({.delivered_before = now(), .not_segmented_before = now(), .undelivered_before = now()})
            .empty());
}
