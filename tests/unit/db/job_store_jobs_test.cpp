#include <limits>

#include "tests/unit/db/store_fixture.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(StoreFixture, "job_store: the oldest job is claimed first, each once") {
  const JobId first = queued_job(1);
  const JobId second = queued_job(2);
  const Job job = claimed("a/job-0");
  CHECK(job.id == first);
  CHECK(job.state == JobState::kRunning);
  CHECK(job.attempt == 1);
  CHECK(job.message == "");
  CHECK(claimed("a/job-1").id == second);
  CHECK(nothing_to_claim());
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: work of a series that is open again waits") {
  queued_job(1);
  encoded_job(2, {"pacs"});  // claims job 1 first
  receive(1, 4, 4);
  receive(2, 4, 4);
  REQUIRE(store->job_retry_later(1, "node/job-0", kTryLater, now(), now()).error().code ==
          ErrorCode::kConflict);
  CHECK(nothing_to_claim());
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: heartbeat keeps the lease and shows progress") {
  const JobId id = running_job(1);
  for (const auto& [reported, shown] : {std::pair{0.5, 0.5},
                                        {-1.0, 0.0},
                                        {7.0, 1.0},
                                        {std::numeric_limits<double>::quiet_NaN(), 0.0}}) {
    CAPTURE(reported);
    CHECK(*store->heartbeat(id, lease(), reported) == HeartbeatAnswer::kGoOn);
    CHECK(store->job(id)->progress == shown);
  }
  clock.advance(50s);
  CHECK(*store->heartbeat(id, lease(), 0.5) == HeartbeatAnswer::kGoOn);
  clock.advance(50s);  // beyond the first lease, within the second one
  REQUIRE(store->recover("", 3, now()));
  CHECK(state(id) == JobState::kRunning);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: heartbeat says stop when the job is not theirs") {
  const JobId id = running_job(1);
  CHECK(*store->heartbeat(id, lease("other/job-0"), 0.5) == HeartbeatAnswer::kStop);
  CHECK(*store->heartbeat(id + 1, lease(), 0.5) == HeartbeatAnswer::kStop);
  REQUIRE(store->cancel_job(id, now()));
  CHECK(*store->heartbeat(id, lease(), 0.5) == HeartbeatAnswer::kStop);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: an encoded job has a result and waiting deliveries") {
  const JobId id = encoded_job(1, {"pacs", "archive"});
  const Job job = *store->job(id);
  CHECK(job.state == JobState::kEncoded);
  CHECK(job.progress == 1.0);
  const auto packages = *store->results_of(id);
  REQUIRE(packages.size() == 1);
  CHECK(packages[0].profile == "standard");
  REQUIRE(packages[0].objects.size() == 1);
  CHECK(packages[0].objects[0].kind == kObject.kind);
  CHECK(packages[0].objects[0].series == kObject.series);
  CHECK(packages[0].objects[0].sop == kObject.sop);
  CHECK(packages[0].objects[0].file == kObject.file);
  const auto deliveries = *store->deliveries_of(id);
  REQUIRE(deliveries.size() == 2);
  CHECK(deliveries[0].destination == "pacs");
  CHECK(deliveries[1].destination == "archive");
  for (const Delivery& delivery : deliveries) {
    CHECK(delivery.job == id);
    CHECK(delivery.state == DeliveryState::kWaiting);
    CHECK(delivery.attempt == 0);
    CHECK(delivery.files == std::vector<std::filesystem::path>{"2.25.2.dcm"});
  }
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: without destinations an encoded job is delivered") {
  CHECK(state(encoded_job(1, {})) == JobState::kDelivered);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: whoever has lost the lease changes nothing") {
  const JobId id = running_job(1);
  const std::string owner = "other/job-0";
  const std::vector outcomes{store->job_encoded(id, owner, result_for({"pacs"}), now()),
                             store->job_retry_later(id, owner, kTryLater, now(), now()),
                             store->job_failed(id, owner, kRefused, now())};
  for (const Status& outcome : outcomes) {
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::kConflict);
  }
  const Job job = *store->job(id);
  CHECK(job.state == JobState::kRunning);
  CHECK(store->results_of(id)->empty());
  CHECK(store->deliveries_of(id)->empty());
  CHECK(store->job_failed(99, owner, kRefused, now()).error().code == ErrorCode::kNotFound);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a job that is to be tried later waits until then") {
  const JobId id = running_job(1);
  REQUIRE(store->job_retry_later(id, "node/job-0", kTryLater, now() + 30s, now()));
  const Job job = *store->job(id);
  CHECK(job.state == JobState::kQueued);
  CHECK(job.message == "no answer");
  CHECK(job.not_before == now() + 30s);
  CHECK(nothing_to_claim());
  clock.advance(30s);
  const Job again = claimed();
  CHECK(again.id == id);
  CHECK(again.attempt == 2);
  CHECK_FALSE(again.not_before);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a failed job says why and is not claimed") {
  const JobId id = running_job(1);
  REQUIRE(store->job_failed(id, "node/job-0", kRefused, now()));
  CHECK(state(id) == JobState::kFailed);
  CHECK(store->job(id)->message == kRefused.message);
  CHECK(nothing_to_claim());
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a job's history tells every change in order") {
  const JobId id = running_job(1);
  REQUIRE(store->job_retry_later(id, "node/job-0", kTryLater, now(), now()));
  clock.advance(1s);
  REQUIRE(store->cancel_job(id, now()));
  const auto events = *store->events_of(id);
  REQUIRE(events.size() == 4);
  CHECK_FALSE(events[0].from);
  CHECK(events[0].to == JobState::kQueued);
  CHECK(events[0].reason == "the series is complete, instances: 3");
  CHECK(events[1].to == JobState::kRunning);
  CHECK(events[1].reason == "claimed by node/job-0");
  CHECK(events[2].from == JobState::kRunning);
  CHECK(events[2].reason == "no answer");
  CHECK(events[3].to == JobState::kCancelled);
  CHECK(events[3].at == now());
  CHECK(store->events_of(99)->empty());
}
