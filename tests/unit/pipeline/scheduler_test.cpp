#include "pipeline/scheduler.h"

#include <algorithm>
#include <atomic>

#include "tests/support/eventually.h"
#include "tests/unit/pipeline/scheduler_fixture.h"

using namespace hilum;
using namespace hilum::pipeline;
using namespace hilum::test;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: a queued job is delivered") {
  const JobId id = queued_job(1);
  start();
  REQUIRE(reaches(id, JobState::kDelivered));
  CHECK(sender.taken() == std::vector<Sent>{{"pacs", result_sop(id)}});
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: the result's file is recorded by its name") {
  const JobId id = queued_job(1);
  start();
  REQUIRE(reaches(id, JobState::kDelivered));
  CHECK(store->results_of(id)->at(0).objects.at(0).file == result_sop(id) + ".dcm");
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: wake ends the wait for work") {
  options.poll = 1h;
  start();
  const JobId id = queued_job(1);
  // Waking once could be too early for the other thread, which is about to look at the store.
  CHECK(eventually([&] {
    scheduler->wake();
    return state(id) == JobState::kDelivered;
  }));
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: work of another process is found without wake") {
  start();
  const JobId id = queued_job(1);
  CHECK(reaches(id, JobState::kDelivered));
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: wrong data fails the job with the reason") {
  reader.fail_reads({ErrorCode::kInvalidInput, "1.dcm has no pixels"});
  const JobId id = queued_job(1);
  start();
  REQUIRE(reaches(id, JobState::kFailed));
  CHECK(message(id) == "read the series: 1.dcm has no pixels");
  CHECK(store->job(id)->attempt == 1);
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: a full disk makes the job wait and try again") {
  writer.fail(Error{ErrorCode::kNoSpace, "the disk is full"});
  const JobId id = queued_job(1);
  start();
  REQUIRE(eventually([&] { return store->job(id)->not_before.has_value(); }));
  CHECK(state(id) == JobState::kQueued);
  CHECK(*store->job(id)->not_before == now() + 30s);
  CHECK(message(id) == "write the result: the disk is full");
  writer.fail(std::nullopt);
  clock.advance(30s);
  CHECK(reaches(id, JobState::kDelivered));
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: cancelling a running job stops the segmenter") {
  const JobId id = held_job();
  REQUIRE(store->cancel_job(id, now()));
  REQUIRE(eventually([&] { return segmenter.stopped() == 1; }));
  scheduler->stop();  // its worker has done everything it does
  CHECK(state(id) == JobState::kCancelled);
  CHECK(store->deliveries_of(id)->empty());
  CHECK(sender.taken().empty());
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: after a cancelled job the next one is done") {
  const JobId cancelled = held_job();
  const JobId next = queued_job(2);
  REQUIRE(store->cancel_job(cancelled, now()));
  REQUIRE(eventually([&] { return segmenter.stopped() == 1; }));
  segmenter.release();
  CHECK(reaches(next, JobState::kDelivered));
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: the progress of a running job is in the store") {
  const JobId id = held_job();
  CHECK(eventually([&] {
    const double progress = store->job(id)->progress;
    return progress > 0.4 && progress < 0.6;
  }));
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: stop during a running job queues it again") {
  const JobId id = held_job();
  scheduler->stop();
  CHECK(segmenter.stopped() == 1);
  CHECK(state(id) == JobState::kQueued);
  CHECK(sender.taken().empty());
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: an attempt that stop ended does not count") {
  const JobId id = held_job();
  scheduler->stop();
  claimed("node/job-0");                      // the next process dies without an end
  REQUIRE(store->recover("node", 2, now()));  // fails a job that was started twice without one
  CHECK(state(id) == JobState::kQueued);
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: a stopped job is delivered by the next run") {
  const JobId id = held_job();
  scheduler->stop();
  segmenter.release();
  start();
  REQUIRE(reaches(id, JobState::kDelivered));
  CHECK(sender.taken().size() == 1);
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: start takes up what a former process left") {
  JobId id = 0;
  SUBCASE("a running job") { id = running_job(1); }
  SUBCASE("a delivery under way") {
    id = encoded_job(1, {"pacs"});
    write_file(folders.results / "2.25.2.dcm", "a result");
    sending();
  }
  start();
  CHECK(reaches(id, JobState::kDelivered));
  CHECK(sender.taken().size() == 1);
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: a job that keeps killing its process fails") {
  options.max_attempts = 1;
  const JobId id = running_job(1);
  start();
  CHECK(state(id) == JobState::kFailed);
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: work of another node waits for its lease to end") {
  const JobId id = queued_job(1);
  claimed("other/job-0");
  start();
  const JobId next = queued_job(2);
  REQUIRE(reaches(next, JobState::kDelivered));
  CHECK(state(id) == JobState::kRunning);
  clock.advance(60s);
  CHECK(reaches(id, JobState::kDelivered));
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: the result of a superseded job is dropped") {
  const JobId older = held_job();
  receive(1, 4, 4);
  const auto newer = close(1);
  REQUIRE(newer);
  segmenter.release();
  REQUIRE(reaches(*newer, JobState::kDelivered));
  CHECK(state(older) == JobState::kCancelled);
  CHECK(store->deliveries_of(older)->empty());
  CHECK(sender.taken() == std::vector<Sent>{{"pacs", result_sop(*newer)}});
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: a result that comes too late is dropped") {
  // Nobody is asked whether to go on: the job learns only at its end that it was superseded.
  struct Deaf : StoreWrapper {
    using StoreWrapper::StoreWrapper;
    Result<HeartbeatAnswer> heartbeat(JobId, const Lease&, double) override {
      return HeartbeatAnswer::kGoOn;
    }
  };
  segmenter.hold();
  const JobId older = queued_job(1);
  start_on<Deaf>();
  REQUIRE(segmenting());
  receive(1, 4, 4);
  const auto newer = close(1);
  REQUIRE(newer);
  segmenter.release();
  REQUIRE(reaches(*newer, JobState::kDelivered));
  scheduler->stop();
  CHECK(segmenter.stopped() == 0);
  CHECK(state(older) == JobState::kCancelled);
  CHECK(sender.taken() == std::vector<Sent>{{"pacs", result_sop(*newer)}});
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: the device serves one job at a time") {
  segmenter.hold();
  const JobId first = queued_job(1);
  const JobId second = queued_job(2);
  start();
  // Both are under way, one of them waits for the device.
  REQUIRE(reaches(first, JobState::kRunning));
  REQUIRE(reaches(second, JobState::kRunning));
  REQUIRE(segmenting());
  segmenter.release_one();
  REQUIRE(eventually([&] { return segmenter.started() == 2; }));
  segmenter.release();
  REQUIRE(reaches(first, JobState::kDelivered));
  REQUIRE(reaches(second, JobState::kDelivered));
  CHECK(segmenter.most_inside() == 1);
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: a store that cannot be asked is asked again") {
  struct Failing : StoreWrapper {
    using StoreWrapper::StoreWrapper;
    std::atomic<int> failures{0};
    Result<std::optional<Job>> claim_job(const Lease& lease, Time now) override {
      if (failures < 3) {
        ++failures;
        return kNoDatabase;
      }
      return StoreWrapper::claim_job(lease, now);
    }
  };
  const JobId id = queued_job(1);
  start_on<Failing>();
  CHECK(reaches(id, JobState::kDelivered));
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: start fails when the store cannot recover") {
  struct : StoreWrapper {
    using StoreWrapper::StoreWrapper;
    Status recover(const std::string&, int, Time) override { return kNoDatabase; }
  } broken{*store};
  Scheduler unused(broken, {{VirtualNode(), {tools, sender, destinations}}}, clock, folders,
                   options);
  const Status started = unused.start();
  REQUIRE_FALSE(started);
  CHECK(started.error().message == "take up the jobs of the last run: the database is locked");
}

TEST_CASE_FIXTURE(SchedulerFixture,
                  "scheduler: work of a node that was removed fails and says so") {
  auto orphan = instance(1, 1, now());
  orphan.series.node = *VirtualNode::parse("thin");
  REQUIRE(store->add_instances(std::vector{orphan}));
  const auto job =
      store->close_series(orphan.series, instances_digest({orphan}), ToSegment{}, now());
  REQUIRE(job);
  REQUIRE(*job);
  start();
  REQUIRE(reaches(**job, JobState::kFailed));
  CHECK(message(**job).find("virtual node thin is not in the configuration any more; add a "
                            "[[virtual_node]] with this name and retry job") != std::string::npos);
}
