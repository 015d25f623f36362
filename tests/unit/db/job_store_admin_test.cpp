#include "tests/unit/db/store_fixture.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

const std::string kOwner = "node/delivery-0";

/// A job whose delivery to "pacs" was refused and whose delivery to "archive" arrived.
JobId half_delivered(StoreFixture& f) {
  const JobId id = f.encoded_job(1, {"pacs", "archive"});
  REQUIRE(f.store->delivery_failed(f.sending().id, kOwner, kRefused, f.now()));
  REQUIRE(f.store->delivery_done(f.sending().id, kOwner, f.now()));
  REQUIRE(f.state(id) == JobState::kFailed);
  return id;
}

}  // namespace

TEST_CASE_FIXTURE(StoreFixture,
                  "job_store: jobs lists the newest first, by state, up to the limit") {
  const JobId first = queued_job(1);
  const JobId second = queued_job(2);
  const JobId third = queued_job(3);
  claimed();
  const auto ids = [&](std::optional<JobState> state, int limit) {
    std::vector<JobId> found;
    const auto listed = store->jobs(state, limit);
    for (const Job& job : *listed) found.push_back(job.id);
    return found;
  };
  CHECK(ids(std::nullopt, 10) == std::vector{third, second, first});
  CHECK(ids(std::nullopt, 1) == std::vector{third});
  CHECK(ids(JobState::kQueued, 10) == std::vector{third, second});
  CHECK(ids(JobState::kRunning, 10) == std::vector{first});
  CHECK(ids(JobState::kFailed, 10).empty());
  CHECK(ids(std::nullopt, 0).empty());
  CHECK(ids(std::nullopt, -1).empty());
  CHECK(store->job(99).error().code == ErrorCode::kNotFound);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: retry sends only what did not arrive") {
  const JobId id = half_delivered(*this);
  clock.advance(72h);
  REQUIRE(store->retry_job(id, now()));
  CHECK(state(id) == JobState::kEncoded);
  const Delivery again = sending();
  CHECK(again.destination == "pacs");
  CHECK(again.attempt == 1);
  CHECK(again.created_at == now());  // or the retry policy would give up at once
  CHECK(nothing_to_claim());
  REQUIRE(store->delivery_done(again.id, kOwner, now()));
  CHECK(state(id) == JobState::kDelivered);
}

TEST_CASE_FIXTURE(StoreFixture,
                  "job_store: retry starts a job without a result from the beginning") {
  const JobId id = running_job(1);
  SUBCASE("failed") { REQUIRE(store->job_failed(id, "node/job-0", kRefused, now())); }
  SUBCASE("cancelled") { REQUIRE(store->cancel_job(id, now())); }
  clock.advance(72h);
  REQUIRE(store->retry_job(id, now()));
  const Job job = *store->job(id);
  CHECK(job.state == JobState::kQueued);
  CHECK(job.attempt == 0);
  CHECK(job.created_at == now());
  CHECK(job.message == "retried by an administrator");
  CHECK(claimed().attempt == 1);
}

TEST_CASE_FIXTURE(StoreFixture,
                  "job_store: a cancelled job that runs again gets its deliveries back") {
  const JobId id = encoded_job(1, {"pacs", "archive", "old"});
  REQUIRE(store->delivery_done(sending().id, kOwner, now()));
  REQUIRE(store->cancel_job(id, now()));
  REQUIRE(store->retry_job(id, now()));
  CHECK(store->results_of(id)->empty());
  claimed();
  const std::vector<std::string> destinations{"pacs", "archive"};
  const auto finish = [&](const ResultObject& object) {
    REQUIRE(store->job_encoded(id, "node/job-0", result_for(destinations, object), now()));
    std::vector<DeliveryState> states;
    const auto deliveries = store->deliveries_of(id);
    for (const Delivery& delivery : *deliveries) states.push_back(delivery.state);
    return states;
  };
  using enum DeliveryState;
  SUBCASE("the same result is not sent to those who have it") {
    CHECK(finish(kObject) == std::vector{kDelivered, kWaiting, kCancelled});
  }
  SUBCASE("another result is sent to all") {
    const ResultObject other{ResultKind::kSegmentation, *SeriesUid::parse("2.25.8"),
                             *SopInstanceUid::parse("2.25.9"), "2.25.9.dcm"};
    CHECK(finish(other) == std::vector{kWaiting, kWaiting, kCancelled});
  }
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a job that the series has outgrown is not retried") {
  const JobId old = running_job(1);
  REQUIRE(store->job_failed(old, "node/job-0", kRefused, now()));
  receive(1, 4, 4);
  SUBCASE("while more is coming") {}
  SUBCASE("after a newer job was made") { REQUIRE(close(1)); }
  const auto refused = store->retry_job(old, now());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kConflict);
  CHECK(state(old) == JobState::kFailed);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: retry and cancel refuse jobs in other states") {
  const auto code = [](const Status& status) {
    REQUIRE_FALSE(status);
    return status.error().code;
  };
  const JobId delivered = encoded_job(1, {});
  CHECK(code(store->retry_job(delivered, now())) == ErrorCode::kConflict);
  CHECK(code(store->cancel_job(delivered, now())) == ErrorCode::kConflict);
  const JobId running = running_job(2);
  CHECK(code(store->retry_job(running, now())) == ErrorCode::kConflict);
  REQUIRE(store->cancel_job(running, now()));
  CHECK(code(store->cancel_job(running, now())) == ErrorCode::kConflict);
  CHECK(code(store->retry_job(99, now())) == ErrorCode::kNotFound);
  CHECK(code(store->cancel_job(99, now())) == ErrorCode::kNotFound);
}

TEST_CASE_FIXTURE(StoreFixture,
                  "job_store: an administrator's process sees and changes the same jobs") {
  const auto admin = reopened();
  const JobId id = running_job(1);
  CHECK(admin->job(id)->state == JobState::kRunning);
  REQUIRE(admin->cancel_job(id, now()));
  CHECK(*store->heartbeat(id, lease(), 0.5) == HeartbeatAnswer::kStop);
}
