// What follows from reports on storage commitment, and from their absence.
#include "pipeline/commitments.h"

#include <optional>
#include <thread>

#include "tests/support/eventually.h"
#include "tests/unit/pipeline/fake_peers.h"
#include "tests/unit/pipeline/scheduler_fixture.h"

using namespace hilum;
using namespace hilum::pipeline;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

using Answer = CommitmentRequester::Answer;
const std::string kOwner = "node/delivery-0";

ResultObject object(int number) {
  const auto uid = fmt::format("2.25.8{}", number);
  return {ResultKind::kSegmentation, *SeriesUid::parse("2.25.7"), *SopInstanceUid::parse(uid),
          uid + ".dcm"};
}

/// A job whose two objects, 1 and 2, the destination "pacs" has stored.
struct CommitmentsFixture : SchedulerFixture {
  FakeRequester requester;
  int wakes = 0;
  Commitments::Options commitment{.report_deadline = 600s,
                                  .attempts = 3,
                                  .retry = {.first = 30s, .longest = 600s, .give_up_after = 48h}};
  std::optional<Commitments> made;
  JobId job = 0;

  CommitmentsFixture() { destinations.front().commitment = CommitmentMode::kRequired; }
  Commitments& work() {
    if (!made) {
      made.emplace(Commitments::Tools{.jobs = *store,
                                      .store = commitments(),
                                      .clock = clock,
                                      .results = folders.results,
                                      .changed = [this] { ++wakes; }},
                   Routes{{VirtualNode(), {tools, sender, destinations, &requester}}}, commitment);
    }
    return *made;
  }
  void stored_job() {
    job = running_job(1);
    REQUIRE(store->job_encoded(job, "node/job-0",
                               {.packages = {{"standard", {object(1), object(2)}}},
                                .destinations = {{"pacs", "standard"}},
                                .hold = {}},
                               now()));
    REQUIRE(store->delivery_stored(sending().id, kOwner, now()));
  }
  bool run_next() { return work().run_next(kOwner); }
  [[nodiscard]] Delivery delivery() { return SchedulerFixture::delivery(job); }
  [[nodiscard]] TransactionUid last_transaction() {
    return requester.requests().back().transaction;
  }
  void report(const TransactionUid& transaction, const std::vector<int>& committed,
              const std::vector<NotCommitted>& failed = {}) {
    CommitmentReport said{.transaction = transaction, .committed = {}, .failed = failed};
    for (const int one : committed) said.committed.push_back(object(one).sop);
    REQUIRE(work().report_arrived(said));
  }
  [[nodiscard]] bool says(const std::string& part) {
    const std::string message = delivery().message;
    INFO(message);
    return message.find(part) != std::string::npos;
  }
};

}  // namespace

TEST_CASE_FIXTURE(CommitmentsFixture, "commitments: asks for all of it, and waits for the report") {
  stored_job();
  REQUIRE(run_next());
  REQUIRE(requester.requests().size() == 1);
  CHECK(requester.requests()[0].files ==
        std::vector{folders.results / object(1).file, folders.results / object(2).file});
  CHECK_FALSE(run_next());
  CHECK(delivery().not_before == now() + 600s);
  report(last_transaction(), {1, 2});
  CHECK(wakes == 1);
  CHECK(state(job) == JobState::kDelivered);
  CHECK_FALSE(run_next());
}

TEST_CASE_FIXTURE(CommitmentsFixture, "commitments: the request is durable before it goes out") {
  stored_job();
  requester.when_asked([&](const CommitmentRequester::Request& request, CommitmentSink& sink) {
    // As after a crash at this very moment: another process knows the transaction.
    const auto other = reopened();
    CommitmentReport early{.transaction = request.transaction,
                           .committed = {object(1).sop, object(2).sop},
                           .failed = {}};
    auto recorded = dynamic_cast<CommitmentStore&>(*other).record_report(early, now());
    REQUIRE(recorded);
    CHECK(recorded->kind == RecordedReport::Kind::kRecorded);
    CHECK(sink.report_arrived(early));  // and again, on the association
  });
  REQUIRE(run_next());
  CHECK(state(job) == JobState::kDelivered);
}

TEST_CASE_FIXTURE(CommitmentsFixture, "commitments: what is missing is sent again, by the policy") {
  stored_job();
  REQUIRE(run_next());
  report(last_transaction(), {1}, {{object(2).sop, 0x0112}});
  CHECK(wakes == 1);
  REQUIRE(run_next());
  CHECK(delivery().state == DeliveryState::kWaiting);
  CHECK(delivery().not_before == now() + 30s);
  CHECK(says(
      "'pacs' does not commit to keep 1 of 2 objects: 2.25.82: no such object instance (0112)"));
  clock.advance(30s);
  CHECK(sending().files == std::vector{object(2).file});
  REQUIRE(store->delivery_stored(delivery().id, kOwner, now()));
  const auto first = last_transaction();
  REQUIRE(run_next());
  CHECK(last_transaction() != first);
  CHECK(requester.requests().back().files == std::vector{folders.results / object(2).file});
  report(last_transaction(), {2});
  CHECK(state(job) == JobState::kDelivered);
}

TEST_CASE_FIXTURE(CommitmentsFixture,
                  "commitments: it ends when sending again cannot help, or has not") {
  stored_job();
  REQUIRE(run_next());
  SUBCASE("the archive does not do this class") {
    report(last_transaction(), {1}, {{object(2).sop, 0x0122}});
    REQUIRE(run_next());
    CHECK(says("SOP class not supported (0122)"));
  }
  SUBCASE("it was tried for two days") {
    report(last_transaction(), {}, {{object(2).sop, 0x0110}});
    clock.advance(48h);
    REQUIRE(run_next());
    CHECK(says("2.25.81: not in the report; 2.25.82: processing failure (0110)"));
  }
  CHECK(says("then: hilum jobs retry"));
  CHECK(delivery().state == DeliveryState::kFailed);
  CHECK(state(job) == JobState::kFailed);
}

TEST_CASE_FIXTURE(CommitmentsFixture,
                  "commitments: without a report it asks again, less and less often") {
  stored_job();
  for (const auto patience : {600s, 1200s, 2400s}) {
    REQUIRE(run_next());
    CHECK(delivery().not_before == now() + patience);
    CHECK_FALSE(run_next());
    clock.advance(patience);
  }
  CHECK(requester.requests().size() == 3);
  CHECK(requester.requests()[0].transaction != requester.requests()[1].transaction);
  SUBCASE("until it is too often") {
    REQUIRE(run_next());
    CHECK(delivery().state == DeliveryState::kFailed);
    CHECK(says("'pacs' has not reported on 3 requests"));
    CHECK(says("DicomModalities"));
    CHECK(state(job) == JobState::kFailed);
    CHECK(requester.requests().size() == 3);
  }
  SUBCASE("a late report on the first request is as good") {
    report(requester.requests()[0].transaction, {1, 2});
    CHECK(state(job) == JobState::kDelivered);
  }
}

TEST_CASE_FIXTURE(CommitmentsFixture, "commitments: no deadline is longer than a day") {
  commitment.report_deadline = 20h;
  stored_job();
  REQUIRE(run_next());
  clock.advance(20h);
  REQUIRE(run_next());
  CHECK(delivery().not_before == now() + 24h);
}

TEST_CASE_FIXTURE(CommitmentsFixture, "commitments: a peer that is away is asked later") {
  stored_job();
  requester.next_answer(kTryLater);
  requester.next_answer(kTryLater);
  REQUIRE(run_next());
  CHECK(delivery().state == DeliveryState::kStored);
  CHECK(delivery().not_before == now() + 30s);
  CHECK(says(kTryLater.message));
  clock.advance(30s);
  REQUIRE(run_next());
  CHECK(delivery().not_before == now() + 60s);
  SUBCASE("and is there again") {
    clock.advance(60s);
    REQUIRE(run_next());
    CHECK(delivery().not_before == now() + 600s);
    report(last_transaction(), {1, 2});
    CHECK(state(job) == JobState::kDelivered);
  }
  SUBCASE("for too long") {
    clock.advance(48h);
    requester.next_answer(kTryLater);
    REQUIRE(run_next());
    CHECK(state(job) == JobState::kFailed);
  }
  SUBCASE("or refuses for good") {
    clock.advance(60s);
    requester.next_answer(kRefused);
    REQUIRE(run_next());
    CHECK(state(job) == JobState::kFailed);
    CHECK(says(kRefused.message));
  }
}

TEST_CASE_FIXTURE(CommitmentsFixture, "commitments: a peer without the service") {
  JobState end = JobState::kDelivered;
  SUBCASE("is taken at its word") {
    destinations.front().commitment = CommitmentMode::kIfSupported;
  }
  SUBCASE("is not enough") { end = JobState::kFailed; }
  stored_job();
  requester.next_answer(Answer::kNotSupported);
  REQUIRE(run_next());
  CHECK(state(job) == end);
  CHECK(says("does not do Storage Commitment"));
  CHECK(says("if-supported") == (end == JobState::kFailed));
}

TEST_CASE_FIXTURE(CommitmentsFixture, "commitments: the configuration may be another one by now") {
  SUBCASE("it is switched off: delivered, with a note") {
    destinations.front().commitment = CommitmentMode::kOff;
    stored_job();
    REQUIRE(run_next());
    CHECK(state(job) == JobState::kDelivered);
    CHECK(says("switched off"));
  }
  SUBCASE("the destination is gone: failed, with what to put back") {
    destinations.clear();
    stored_job();
    REQUIRE(run_next());
    CHECK(state(job) == JobState::kFailed);
    CHECK(says("add it to results.destinations"));
  }
  CHECK(requester.requests().empty());
}

TEST_CASE_FIXTURE(CommitmentsFixture, "commitments: reports that nobody waits for are no errors") {
  stored_job();
  report(*TransactionUid::parse("2.25.4711"), {1, 2});
  CHECK(wakes == 0);
  CHECK(delivery().state == DeliveryState::kStored);
  REQUIRE(run_next());
  report(last_transaction(), {1, 2});
  report(last_transaction(), {}, {{object(1).sop, 0x0112}});
  CHECK(state(job) == JobState::kDelivered);
}

TEST_CASE_FIXTURE(CommitmentsFixture,
                  "commitments: a report by another way ends the waiting for it") {
  stored_job();
  requester.wait_for_enough();
  std::thread asking([&] { CHECK(run_next()); });
  REQUIRE(eventually([&] { return requester.requests().size() == 1; }));
  SUBCASE("the report") { report(last_transaction(), {1, 2}); }
  SUBCASE("the end of the node") { work().stop(); }
  asking.join();
  CHECK(requester.requests().size() == 1);
}

TEST_CASE_FIXTURE(CommitmentsFixture, "scheduler: a result is delivered when it is confirmed") {
  commitment.retry = options.retry;
  requester.when_asked([&](const CommitmentRequester::Request& request, CommitmentSink& sink) {
    std::vector<SopInstanceUid> all;
    for (const auto& file : request.files)
      all.push_back(*SopInstanceUid::parse(file.stem().string()));
    CHECK(sink.report_arrived({request.transaction, all, {}}));
  });
  const JobId id = queued_job(1);
  Routes routes{{VirtualNode(), {tools, sender, destinations, &requester}}};
  Commitments confirm({.jobs = *store,
                       .store = commitments(),
                       .clock = clock,
                       .results = folders.results,
                       .changed = [] {}},
                      routes, commitment);
  scheduler = std::make_unique<Scheduler>(*store, routes, clock, folders, options, &confirm);
  REQUIRE(scheduler->start());
  CHECK(reaches(id, JobState::kDelivered));
  CHECK(requester.requests().size() == 1);
  CHECK(store->deliveries_of(id)->front().confirmed == 1);
  scheduler.reset();
}
