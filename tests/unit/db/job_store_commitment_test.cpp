// Requests for storage commitment: every step, with a restart between any two of them.
#include "tests/unit/db/commitment_fixture.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(CommitmentFixture, "commitment: stored, asked for, reported, delivered") {
  CHECK(delivery().state == DeliveryState::kStored);
  CHECK(state(job) == JobState::kEncoded);
  CHECK(nothing_to_claim());  // it is not sent again
  const StoredDelivery stored = claim_stored();
  CHECK(stored.stage == Stage::kToBeAsked);
  CHECK(stored.delivery.files == Files{"1.dcm", "2.dcm", "3.dcm"});
  CHECK(nothing_stored_is_due());  // one worker has it
  begin(1);
  REQUIRE(commitments().commitment_awaited(id, kOwner, now()));
  restart();
  CHECK(nothing_stored_is_due());
  CHECK(delivery().not_before == now() + 600s);
  CHECK(delivery().message.find("is awaited") != std::string::npos);
  const RecordedReport recorded = report(1, {1, 2, 3});
  CHECK(recorded.kind == Kind::kRecorded);
  CHECK(recorded.job == job);
  CHECK(recorded.delivery == id);
  CHECK(recorded.missing == 0);
  CHECK(delivery().state == DeliveryState::kDelivered);
  CHECK(delivery().message == "");
  CHECK(delivery().confirmed == 3);
  CHECK(state(job) == JobState::kDelivered);
  CHECK(nothing_stored_is_due());
}

TEST_CASE_FIXTURE(CommitmentFixture, "commitment: the job waits for every destination's word") {
  const JobId other = running_job(2);
  REQUIRE(store->job_encoded(other, "node/job-0", result_for({"a", "b"}), now()));
  const DeliveryId a = sending().id;
  const DeliveryId b = sending().id;
  REQUIRE(store->delivery_stored(a, kOwner, now()));
  REQUIRE(store->delivery_done(b, kOwner, now()));
  CHECK(state(other) == JobState::kEncoded);
}

TEST_CASE_FIXTURE(CommitmentFixture,
                  "commitment: a refused request is made again, when it is time") {
  claim_stored();
  begin(1);
  REQUIRE(commitments().commitment_refused(id, kOwner, kTryLater, now() + 30s, now()));
  restart();
  CHECK(delivery().state == DeliveryState::kStored);
  CHECK(delivery().message == kTryLater.message);
  CHECK(nothing_stored_is_due());
  clock.advance(30s);
  StoredDelivery stored = claim_stored();
  CHECK(stored.stage == Stage::kToBeAsked);
  CHECK(stored.refused == 1);
  CHECK(stored.unanswered == 0);
  begin(2);
  REQUIRE(commitments().commitment_refused(id, kOwner, kTryLater, now(), now()));
  CHECK(claim_stored().refused == 2);
  begin(3);
  REQUIRE(commitments().commitment_awaited(id, kOwner, now()));
  clock.advance(600s);
  CHECK(claim_stored().refused == 0);
}

TEST_CASE_FIXTURE(CommitmentFixture,
                  "commitment: it survives the death of the node at every point") {
  SUBCASE("before a request was written down") {
    claim_stored();
    restart_and_recover();
    CHECK(claim_stored().stage == Stage::kToBeAsked);
  }
  SUBCASE("before the request was answered: it is made again, and not counted") {
    claim_stored();
    begin(1);
    restart_and_recover();
    const StoredDelivery stored = claim_stored();
    CHECK(stored.stage == Stage::kToBeAsked);
    CHECK(stored.unanswered == 0);
    begin(2);
    SUBCASE("the first one had arrived") {
      CHECK(report(1, {1, 2, 3}).missing == 0);
      CHECK(state(job) == JobState::kDelivered);
    }
    SUBCASE("it had not") {
      CHECK(report(2, {1, 2, 3}).missing == 0);
      CHECK(state(job) == JobState::kDelivered);
    }
  }
  SUBCASE("before the report: it is waited for as before") {
    ask(1);
    restart_and_recover();
    CHECK(nothing_stored_is_due());
    CHECK(report(1, {1, 2, 3}).missing == 0);
    CHECK(state(job) == JobState::kDelivered);
  }
  SUBCASE("after a report, before anything was made of it") {
    ask(1);
    report(1, {1, 2});
    claim_stored();
    restart_and_recover();
    CHECK(claim_stored().stage == Stage::kReported);
  }
  SUBCASE("another node's lease is left alone") {
    claim_stored();
    restart();
    REQUIRE(store->recover("other", 3, now()));
    CHECK(nothing_stored_is_due());
    clock.advance(60s);
    REQUIRE(store->recover("other", 3, now()));
    CHECK(claim_stored().stage == Stage::kToBeAsked);
  }
}

TEST_CASE_FIXTURE(CommitmentFixture, "commitment: only the owner of the lease makes requests") {
  claim_stored();
  const std::string other = "other/delivery-0";
  for (const Status& outcome :
       {commitments().commitment_begun(id, other, transaction(1), now(), now()),
        commitments().commitment_awaited(id, other, now()),
        commitments().commitment_refused(id, other, kTryLater, now(), now()),
        commitments().commitment_waived(id, other, "note", now()),
        store->delivery_retry_later(id, other, kTryLater, now(), now()),
        store->delivery_failed(id, other, kRefused, now())}) {
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::kConflict);
  }
  CHECK(delivery().state == DeliveryState::kStored);
  begin(1);
}

TEST_CASE_FIXTURE(CommitmentFixture,
                  "commitment: a destination that does not commit has it anyway") {
  claim_stored();
  begin(1);
  REQUIRE(commitments().commitment_waived(id, kOwner, "the peer does not commit", now()));
  restart();
  CHECK(delivery().state == DeliveryState::kDelivered);
  CHECK(delivery().message == "the peer does not commit");
  CHECK(state(job) == JobState::kDelivered);
}

TEST_CASE_FIXTURE(CommitmentFixture, "commitment: a cancelled job asks for nothing any more") {
  SUBCASE("while it rests") { ask(1); }
  SUBCASE("while a worker asks") {
    claim_stored();
    begin(1);
  }
  SUBCASE("cancelled by an administrator") { REQUIRE(store->cancel_job(job, now())); }
  SUBCASE("superseded by a newer job") {
    receive(1, 4, 4);
    CHECK(nothing_stored_is_due());
    CHECK(delivery().state == DeliveryState::kStored);
    close(1);
  }
  if (state(job) != JobState::kCancelled) REQUIRE(store->cancel_job(job, now()));
  CHECK(delivery().state == DeliveryState::kCancelled);
  CHECK(delivery().message.find("is not confirmed") != std::string::npos);
  CHECK(nothing_stored_is_due());
  CHECK(commitments().commitment_awaited(id, kOwner, now()));
  CHECK(commitments().commitment_begun(id, kOwner, transaction(2), now(), now()).error().code ==
        ErrorCode::kConflict);
}

TEST_CASE_FIXTURE(CommitmentFixture,
                  "commitment: a series that is open again asks when it closes") {
  receive(1, 4, 4);
  CHECK(nothing_stored_is_due());
  CHECK(delivery().state == DeliveryState::kStored);
}

TEST_CASE_FIXTURE(CommitmentFixture,
                  "commitment: sent off as its job is cancelled, it is unconfirmed") {
  const JobId other = encoded_job(2, {"pacs"});
  const DeliveryId under_way = sending().id;
  REQUIRE(store->cancel_job(other, now()));
  REQUIRE(store->delivery_stored(under_way, kOwner, now()));
  CHECK(store->deliveries_of(other)->front().state == DeliveryState::kCancelled);
  CHECK(state(other) == JobState::kCancelled);
}

TEST_CASE_FIXTURE(CommitmentFixture, "commitment: nothing is freed before it is confirmed") {
  auto& retention = dynamic_cast<RetentionStore&>(*store);
  const RetentionLimits all{.delivered_before = now() + 1h,
                            .not_segmented_before = now() + 1h,
                            .undelivered_before = now() + 1h};
  CHECK(retention.series_to_free(all, 10)->empty());
  CHECK_FALSE(retention.free_series(key_of(1), all, now())->has_value());
  ask(1);
  report(1, {1, 2, 3});
  CHECK(dynamic_cast<RetentionStore&>(*store).series_to_free(all, 10)->size() == 1);
}
