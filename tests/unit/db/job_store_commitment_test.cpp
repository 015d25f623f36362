// Requests and reports: every step, with a restart between any two of them.
#include "tests/unit/db/store_fixture.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

const std::string kOwner = "node/delivery-0";
using Stage = StoredDelivery::Stage;
using Kind = RecordedReport::Kind;

TransactionUid transaction(int number) {
  return *TransactionUid::parse(fmt::format("2.25.9{}", number));
}
SopInstanceUid sop(int number) { return *SopInstanceUid::parse(fmt::format("2.25.8{}", number)); }

/// A job whose destination "pacs" gets three objects, 1 to 3. After each step the store is opened
/// anew, as by a node that was killed; with `recovers`, as by one that takes its work up again.
struct CommitmentFixture : StoreFixture {
  JobId job = stored_job();
  DeliveryId id = delivery().id;

  JobId stored_job() {
    const JobId made = running_job(1);
    JobResult result{
        .packages = {{"standard", {}}}, .destinations = {{"pacs", "standard"}}, .hold = {}};
    for (int number = 1; number <= 3; ++number) {
      result.packages[0].objects.push_back({ResultKind::kSegmentation, *SeriesUid::parse("2.25.7"),
                                            sop(number), fmt::format("{}.dcm", number)});
    }
    REQUIRE(store->job_encoded(made, "node/job-0", result, now()));
    REQUIRE(store->delivery_stored(sending().id, kOwner, now()));
    restart();
    return made;
  }
  void restart() { store = reopened(); }
  void restart_and_recover() {
    restart();
    REQUIRE(store->recover("node", 3, now()));
  }
  [[nodiscard]] Delivery delivery() const { return store->deliveries_of(1)->front(); }
  StoredDelivery claim_stored() {
    auto stored = commitments().claim_stored(lease(kOwner), now());
    REQUIRE_MESSAGE(stored, stored.error().message);
    REQUIRE(*stored);
    return **stored;
  }
  [[nodiscard]] bool nothing_stored_is_due() {
    return !commitments().claim_stored(lease(kOwner), now())->has_value();
  }
  void begin(int number, std::chrono::seconds patience = 600s) {
    const Status begun =
        commitments().commitment_begun(id, kOwner, transaction(number), now() + patience, now());
    REQUIRE_MESSAGE(begun, begun.error().message);
    restart();
  }
  void ask(int number, std::chrono::seconds patience = 600s) {
    claim_stored();
    begin(number, patience);
    REQUIRE(commitments().commitment_awaited(id, kOwner, now()));
    restart();
  }
  RecordedReport report(int number, const std::vector<int>& committed,
                        const std::vector<NotCommitted>& failed = {}) {
    CommitmentReport said{.transaction = transaction(number), .committed = {}, .failed = failed};
    for (const int one : committed) said.committed.push_back(sop(one));
    auto recorded = commitments().record_report(said, now());
    REQUIRE_MESSAGE(recorded, recorded.error().message);
    restart();
    return *recorded;
  }
};

using Files = std::vector<std::filesystem::path>;

}  // namespace

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

TEST_CASE_FIXTURE(CommitmentFixture, "commitment: a report counts while the series is open again") {
  ask(1);
  receive(1, 4, 4);
  report(1, {1, 2, 3});
  CHECK(state(job) == JobState::kDelivered);
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
