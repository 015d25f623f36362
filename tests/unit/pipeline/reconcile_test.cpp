#include "pipeline/reconcile.h"

#include "tests/unit/db/store_fixture.h"
#include "tests/unit/pipeline/store_wrapper.h"

using namespace hilum;
using namespace hilum::pipeline;
using namespace hilum::test;

namespace {

const Error kUnreadable{ErrorCode::kUnavailable, "cannot list the spool"};

/// A spool that holds instances first..last of series 1; ends with `end`.
SpoolScan spool_with(int first, int last, Time now, Status end = ok()) {
  return [=](const auto& known, const auto& take) -> Status {
    for (int number = first; number <= last; ++number) {
      const ReceivedInstance found = instance(1, number, now);
      if (known(found.series, found.sop)) continue;
      if (auto taken = take(found); !taken) return taken;
    }
    return end;
  };
}

/// Counts the transactions and how much they hold.
struct CountingStore : StoreWrapper {
  using StoreWrapper::StoreWrapper;
  std::vector<std::size_t> batches;
  Result<std::vector<SeriesKey>> add_instances(
      std::span<const ReceivedInstance> instances) override {
    batches.push_back(instances.size());
    return StoreWrapper::add_instances(instances);
  }
};

}  // namespace

TEST_CASE_FIXTURE(StoreFixture, "reconcile: records what the store does not know") {
  const auto recorded = reconcile(spool_with(1, 3, now()), *store);
  REQUIRE(recorded);
  CHECK(*recorded == 3);
  CHECK(store->instances_of(key_of(1))->size() == 3);
}

TEST_CASE_FIXTURE(StoreFixture, "reconcile: skips what the store knows") {
  receive(1, 1, 2);
  CountingStore counting(*store);
  const auto recorded = reconcile(spool_with(1, 3, now()), counting);
  REQUIRE(recorded);
  CHECK(*recorded == 1);
  CHECK(counting.batches == std::vector<std::size_t>{1});
}

TEST_CASE_FIXTURE(StoreFixture, "reconcile: a found instance opens its series again") {
  queued_job(1);  // of instances 1..3
  REQUIRE(reconcile(spool_with(1, 4, now()), *store));
  const auto open = *store->open_series();
  REQUIRE(open.size() == 1);
  CHECK(open[0].key == key_of(1));
}

TEST_CASE_FIXTURE(StoreFixture, "reconcile: nothing missing changes nothing") {
  queued_job(1);
  const auto recorded = reconcile(spool_with(1, 3, now()), *store);
  REQUIRE(recorded);
  CHECK(*recorded == 0);
  CHECK(store->open_series()->empty());
}

TEST_CASE_FIXTURE(StoreFixture, "reconcile: records in batches") {
  CountingStore counting(*store);
  const auto recorded = reconcile(spool_with(1, 1200, now()), counting);
  REQUIRE(recorded);
  CHECK(*recorded == 1200);
  CHECK(counting.batches == std::vector<std::size_t>{500, 500, 200});
}

TEST_CASE_FIXTURE(StoreFixture, "reconcile: a scan that fails is an error") {
  const auto recorded = reconcile(spool_with(1, 3, now(), kUnreadable), *store);
  REQUIRE_FALSE(recorded);
  CHECK(recorded.error().code == kUnreadable.code);
  CHECK(recorded.error().message == kUnreadable.message);
}

TEST_CASE_FIXTURE(StoreFixture, "reconcile: a store that takes nothing is an error") {
  FailingStore failing(*store);
  failing.fail_add_instances(1);
  int found = 0;
  SUBCASE("in the last batch") { found = 3; }
  SUBCASE("in a full batch") { found = 600; }
  const auto recorded = reconcile(spool_with(1, found, now()), failing);
  REQUIRE_FALSE(recorded);
  CHECK(recorded.error().message == "record instances found in the spool: the database is locked");
}

TEST_CASE_FIXTURE(StoreFixture, "reconcile: a store that cannot be asked is an error") {
  struct : StoreWrapper {
    using StoreWrapper::StoreWrapper;
    Result<bool> knows_instance(const SeriesKey&, const SopInstanceUid&) override {
      return kNoDatabase;
    }
  } broken{*store};
  const auto recorded = reconcile(spool_with(1, 3, now()), broken);
  REQUIRE_FALSE(recorded);
  CHECK(recorded.error().message == "compare the spool with the database: the database is locked");
}
