#include "db/migrate.h"
#include "tests/unit/db/store_fixture.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(StoreFixture, "job_store: a restarted node gets its own work back, no other's") {
  queued_job(1);
  queued_job(2);
  queued_job(3);
  const JobId mine = claimed("node/job-0").id;
  const JobId other = claimed("node2/job-0").id;
  const JobId similar = claimed("node-b/job-0").id;
  REQUIRE(store->recover("node", 3, now()));
  CHECK(state(mine) == JobState::kQueued);
  CHECK(store->job(mine)->message == "node/job-0 stopped without an end; waits for another start");
  CHECK(state(other) == JobState::kRunning);
  CHECK(state(similar) == JobState::kRunning);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: without a node only leases that ran out are taken") {
  const JobId id = running_job(1);
  REQUIRE(store->recover("", 3, now() + 59s));
  CHECK(state(id) == JobState::kRunning);
  REQUIRE(store->recover("", 3, now() + 60s));
  CHECK(state(id) == JobState::kQueued);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a job that never ends is not started for ever") {
  const JobId id = queued_job(1);
  for (int start = 1; start <= 3; ++start) {
    CHECK(state(id) == JobState::kQueued);
    claimed();
    REQUIRE(store->recover("node", 3, now()));
  }
  const Job job = *store->job(id);
  CHECK(job.state == JobState::kFailed);
  CHECK(job.message.find("started 3 times without an end") != std::string::npos);

  REQUIRE(store->retry_job(id, now()));  // and the counting starts anew
  claimed();
  REQUIRE(store->recover("node", 3, now()));
  CHECK(state(id) == JobState::kQueued);
}

TEST_CASE_FIXTURE(StoreFixture,
                  "job_store: starts that ended in order are not held against a job") {
  const JobId id = queued_job(1);
  for (int start = 1; start <= 5; ++start) {
    claimed();
    REQUIRE(store->job_retry_later(id, "node/job-0", kTryLater, now(), now()));
  }
  claimed();
  REQUIRE(store->recover("node", 3, now()));
  CHECK(state(id) == JobState::kQueued);
  CHECK(store->job(id)->attempt == 6);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a delivery of a dead worker waits again") {
  encoded_job(1, {"pacs"});
  const DeliveryId id = sending().id;
  REQUIRE(store->recover("node", 3, now()));
  const Delivery again = sending("node/delivery-1");
  CHECK(again.id == id);
  CHECK(again.attempt == 2);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: everything is there after the process has died") {
  receive(4, 1, 2);
  const JobId encoded = encoded_job(1, {"pacs"});
  const JobId running = running_job(2);
  const JobId queued = queued_job(3);
  const Delivery delivery = sending();
  store = reopened();
  CHECK(store->open_series()->size() == 1);
  CHECK(state(encoded) == JobState::kEncoded);
  CHECK(state(running) == JobState::kRunning);
  REQUIRE(store->recover("node", 3, now()));
  CHECK(state(running) == JobState::kQueued);
  CHECK(claimed().id == running);
  CHECK(claimed("node/job-1").id == queued);
  const Delivery again = sending();
  CHECK(again.id == delivery.id);
  REQUIRE(store->delivery_done(again.id, "node/delivery-0", now()));
  CHECK(state(encoded) == JobState::kDelivered);
}

TEST_CASE_FIXTURE(StoreFixture,
                  "job_store: a job that was forgotten in a crash cannot be finished") {
  const JobId id = running_job(1);
  REQUIRE(store->recover("node", 3, now()));
  claimed("other/job-0");
  const auto late = store->job_encoded(id, "node/job-0", result_for({}), now());
  REQUIRE_FALSE(late);
  CHECK(late.error().code == ErrorCode::kConflict);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a full disk is 'no space' and loses nothing") {
  receive(1, 1, 3);
  store.reset();
  auto connection = db::Connection::open(file());
  REQUIRE(connection);
  REQUIRE(db::migrate(**connection));
  REQUIRE((*connection)->execute("PRAGMA max_page_count = 1"));  // that is: not one page more
  db::SqliteJobStore full(std::move(*connection));
  std::vector<ReceivedInstance> many;
  for (int number = 1; number <= 500; ++number) many.push_back(instance(1, number, now()));
  const auto refused = full.add_instances(many);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kNoSpace);
  CHECK(full.instances_of(key_of(1))->size() == 3);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: what is no Hilum database cannot be opened") {
  store.reset();
  SUBCASE("a directory") { CHECK_FALSE(db::SqliteJobStore::open(dir.path())); }
  SUBCASE("another kind of file") {
    write_file(file(), std::string(8192, 'x'));
    CHECK_FALSE(db::SqliteJobStore::open(file()));
  }
  SUBCASE("a newer version") {
    REQUIRE((*db::Connection::open(file()))->execute("PRAGMA user_version = 99"));
    const auto refused = db::SqliteJobStore::open(file());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kUnsupported);
  }
}

TEST_CASE_FIXTURE(StoreFixture,
                  "job_store: a value that was changed by hand is an error, not a UID") {
  const JobId id = queued_job(1);
  REQUIRE((*db::Connection::open(file()))->execute("UPDATE series SET study = '../x'"));
  const auto read = store->job(id);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::kInternal);
}
