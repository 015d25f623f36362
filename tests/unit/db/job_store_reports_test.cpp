// What reports mean, early, late, repeated and unknown ones; the store is opened anew after each
// step.
#include "tests/unit/db/commitment_fixture.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(CommitmentFixture,
                  "commitment: a report may be faster than the request's answer") {
  claim_stored();
  begin(1);
  SUBCASE("all is committed, and then the request is accepted") {
    report(1, {1, 2, 3});
    CHECK(state(job) == JobState::kDelivered);
    CHECK(commitments().commitment_awaited(id, kOwner, now()));
    CHECK(delivery().state == DeliveryState::kDelivered);
  }
  SUBCASE("all is committed, and then the connection breaks") {
    report(1, {1, 2, 3});
    CHECK(commitments().commitment_refused(id, kOwner, kTryLater, now() + 30s, now()));
    CHECK(delivery().state == DeliveryState::kDelivered);
  }
  SUBCASE("something is missing, and the worker lets go afterwards") {
    report(1, {1, 2}, {{sop(3), 0x0112}});
    CHECK(nothing_stored_is_due());  // the worker still has it
    SUBCASE("accepted") { REQUIRE(commitments().commitment_awaited(id, kOwner, now())); }
    SUBCASE("broken") {
      REQUIRE(commitments().commitment_refused(id, kOwner, kTryLater, now() + 30s, now()));
    }
    SUBCASE("dead") { restart_and_recover(); }
    const StoredDelivery stored = claim_stored();
    CHECK(stored.stage == Stage::kReported);
    CHECK(stored.not_committed == std::vector<NotCommitted>{{sop(3), 0x0112}});
  }
}

TEST_CASE_FIXTURE(CommitmentFixture, "commitment: only what is not committed is sent again") {
  ask(1);
  const RecordedReport recorded = report(1, {1}, {{sop(2), 0x0112}});
  CHECK(recorded.missing == 2);
  CHECK(recorded.reasons == "not in the report: 1, no such object instance (0112): 1");
  CHECK(delivery().state == DeliveryState::kStored);
  const StoredDelivery stored = claim_stored();  // at once, not at the deadline
  CHECK(stored.stage == Stage::kReported);
  CHECK(stored.not_committed == std::vector<NotCommitted>{{sop(2), 0x0112}, {sop(3), 0}});
  CHECK(stored.delivery.files == Files{"2.dcm", "3.dcm"});
  REQUIRE(store->delivery_retry_later(id, kOwner, {ErrorCode::kUnavailable, "2 are missing"},
                                      now() + 30s, now()));
  restart();
  CHECK(delivery().state == DeliveryState::kWaiting);
  CHECK(delivery().message == "2 are missing");
  CHECK(nothing_to_claim());
  clock.advance(30s);
  const Delivery again = sending();
  CHECK(again.files == Files{"2.dcm", "3.dcm"});
  CHECK(again.confirmed == 1);
  CHECK(again.attempt == 2);
  REQUIRE(store->delivery_stored(id, kOwner, now()));
  restart();
  CHECK(claim_stored().stage == Stage::kToBeAsked);  // the old report is about what was before
  begin(2);
  REQUIRE(commitments().commitment_awaited(id, kOwner, now()));
  report(2, {2, 3});
  CHECK(state(job) == JobState::kDelivered);
}

TEST_CASE_FIXTURE(CommitmentFixture, "commitment: reports that nobody waits for change nothing") {
  SUBCASE("an unknown transaction") {
    ask(1);
    CHECK(report(7, {1, 2, 3}).kind == Kind::kUnknown);
    CHECK(delivery().state == DeliveryState::kStored);
    CHECK(delivery().confirmed == 0);
  }
  SUBCASE("the same report again") {
    ask(1);
    report(1, {1, 2, 3});
    CHECK(report(1, {}, {{sop(1), 0x0112}}).kind == Kind::kRepeated);
    CHECK(delivery().state == DeliveryState::kDelivered);
    CHECK(delivery().confirmed == 3);
  }
  SUBCASE("a repeated one does not turn what was missing into committed") {
    ask(1);
    report(1, {1, 2}, {{sop(3), 0x0110}});
    CHECK(report(1, {1, 2, 3}).kind == Kind::kRepeated);
    CHECK(delivery().confirmed == 2);
    CHECK(delivery().state == DeliveryState::kStored);
  }
  SUBCASE("objects that were never sent") {
    ask(1);
    CHECK(report(1, {1, 2, 9}).missing == 1);
    CHECK(delivery().confirmed == 2);
  }
  SUBCASE("an object that is both committed and failed is not committed") {
    ask(1);
    CHECK(report(1, {1, 2, 3}, {{sop(3), 0x0110}}).missing == 1);
    CHECK(delivery().state == DeliveryState::kStored);
  }
  SUBCASE("on a delivery that was cancelled") {
    ask(1);
    REQUIRE(store->cancel_job(job, now()));
    CHECK(report(1, {1, 2, 3}).kind == Kind::kRecorded);
    CHECK(delivery().state == DeliveryState::kCancelled);
    CHECK(state(job) == JobState::kCancelled);
  }
}

TEST_CASE_FIXTURE(CommitmentFixture, "commitment: without a report it is due at the deadline") {
  ask(1);
  clock.advance(599s);
  CHECK(nothing_stored_is_due());
  clock.advance(1s);
  StoredDelivery stored = claim_stored();
  CHECK(stored.stage == Stage::kNoReport);
  CHECK(stored.unanswered == 1);
  begin(2, 1200s);
  REQUIRE(commitments().commitment_awaited(id, kOwner, now()));
  CHECK(delivery().not_before == now() + 1200s);

  SUBCASE("a late report on the earlier request counts") {
    const RecordedReport late = report(1, {1, 2, 3});
    CHECK(late.kind == Kind::kRecorded);
    CHECK_FALSE(late.of_last_request);
    CHECK(state(job) == JobState::kDelivered);
  }
  SUBCASE("a late one that misses something leaves it to the last request's report") {
    CHECK(report(1, {1}, {{sop(2), 0x0112}}).missing == 2);
    CHECK(nothing_stored_is_due());
    CHECK(report(2, {2, 3}).missing == 0);
    CHECK(state(job) == JobState::kDelivered);
  }
  SUBCASE("a late one does not count against what a later one says") {
    report(2, {1, 3}, {{sop(2), 0x0112}});
    CHECK(report(1, {1, 2, 3}).missing == 1);
    CHECK(delivery().state == DeliveryState::kStored);
    CHECK(claim_stored().not_committed == std::vector<NotCommitted>{{sop(2), 0x0112}});
  }
  SUBCASE("nor does a late failure against what a later one has committed") {
    report(2, {1, 2, 3});
    CHECK(report(1, {}, {{sop(1), 0x0112}}).missing == 0);
    CHECK(state(job) == JobState::kDelivered);
  }
  SUBCASE("requests without a report are counted") {
    clock.advance(1200s);
    CHECK(claim_stored().unanswered == 2);
    REQUIRE(store->delivery_failed(id, kOwner, {ErrorCode::kUnavailable, "no report"}, now()));
    CHECK(state(job) == JobState::kFailed);
    SUBCASE("a retry sends again and counts anew") {
      REQUIRE(store->retry_job(job, now()));
      CHECK(sending().files.size() == 3);
      REQUIRE(store->delivery_stored(id, kOwner, now()));
      const StoredDelivery anew = claim_stored();
      CHECK(anew.stage == Stage::kToBeAsked);
      CHECK(anew.unanswered == 0);
      begin(3);
    }
    SUBCASE("what comes too late is known when the job is retried") {
      CHECK(report(2, {1, 2, 3}).missing == 0);
      CHECK(delivery().state == DeliveryState::kFailed);
      REQUIRE(store->retry_job(job, now()));
      const Delivery nothing_left = sending();
      CHECK(nothing_left.files.empty());
      CHECK(nothing_left.confirmed == 3);
    }
  }
}

TEST_CASE_FIXTURE(CommitmentFixture, "commitment: a report counts while the series is open again") {
  ask(1);
  receive(1, 4, 4);
  report(1, {1, 2, 3});
  CHECK(state(job) == JobState::kDelivered);
}

TEST_CASE_FIXTURE(CommitmentFixture, "commitment: a job that runs again has nothing committed") {
  ask(1);
  report(1, {1, 2});
  REQUIRE(store->cancel_job(job, now()));
  REQUIRE(store->retry_job(job, now()));
  claimed();
  REQUIRE(store->job_encoded(job, "node/job-0", result_for({"pacs"}), now()));
  CHECK(report(1, {1, 2, 3}).kind == Kind::kUnknown);
  CHECK(sending().confirmed == 0);
}
