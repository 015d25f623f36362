#include "pipeline/scheduler.h"

#include <algorithm>
#include <atomic>

#include "tests/unit/pipeline/processing_fixture.h"
#include "tests/unit/pipeline/store_wrapper.h"

using namespace hilum;
using namespace hilum::pipeline;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

using Sent = FakeSender::Sent;

Peer peer(const std::string& name) {
  return {.name = name, .ae_title = *AeTitle::parse("PACS"), .host = "localhost", .port = 104};
}

/// The fixture's clock stands still: no lease runs out and nothing becomes due by itself.
struct SchedulerFixture : ProcessingFixture {
  FakeSender sender;
  Scheduler::Options options{.node = "node",
                             .lease = 30ms,
                             .poll = 5ms,
                             .retry = {.first = 30s, .longest = 600s, .give_up_after = 48h}};
  std::vector<Peer> destinations{peer("pacs")};
  Scheduler::Routes virtual_routes;
  std::unique_ptr<JobStore> wrapper;  // of the store, if there is one; outlives the scheduler
  std::unique_ptr<Scheduler> scheduler;

  void start(JobStore& on) {
    Scheduler::Routes routes{{VirtualNode(), {tools, sender, destinations}}};
    for (auto& [node, more] : virtual_routes) routes.emplace(node, more);
    scheduler = std::make_unique<Scheduler>(on, std::move(routes), clock, folders, options);
    const Status started = scheduler->start();
    REQUIRE_MESSAGE(started, started.error().message);
  }
  void start() { start(*store); }
  template <class Wrapper>
  void start_on() {
    wrapper = std::make_unique<Wrapper>(*store);
    start(*wrapper);
  }
  [[nodiscard]] bool reaches(JobId id, JobState wanted) {
    return eventually([&] { return state(id) == wanted; });
  }
  [[nodiscard]] bool segmenting(int jobs = 1) {
    return eventually([&] { return segmenter.inside() == jobs; });
  }
  [[nodiscard]] std::string message(JobId id) { return store->job(id)->message; }
  [[nodiscard]] std::string result_sop(JobId id) {
    return store->results_of(id)->at(0).objects.at(0).sop.str();
  }
  [[nodiscard]] Delivery delivery(JobId id) { return store->deliveries_of(id)->at(0); }
  /// A job in the hands of its worker, while the segmenter holds it.
  JobId held_job() {
    segmenter.hold();
    const JobId id = queued_job(1);
    start();
    REQUIRE(segmenting());
    return id;
  }
};

}  // namespace

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

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: each destination gets the package of its profile") {
  Peer reading_room = peer("ws");
  reading_room.profile = "full";
  destinations.push_back(reading_room);
  tools.profiles.push_back({.name = "full", .report = ViewerProfile::Report::kSr});
  const JobId id = queued_job(1);
  start();
  REQUIRE(reaches(id, JobState::kDelivered));
  auto taken = sender.taken();
  std::ranges::sort(taken, {}, &Sent::destination);
  REQUIRE(taken.size() == 2);
  std::map<std::string, std::string> contents;
  for (const ResultPackage& package : *store->results_of(id)) {
    std::string& content = contents[package.profile];
    for (const ResultObject& object : package.objects) {
      content += (content.empty() ? "" : " ") + object.sop.str();
    }
  }
  CHECK(taken[0].content == contents["standard"]);
  CHECK(taken[1].content == contents["full"]);
  CHECK(contents["full"].find(' ') != std::string::npos);
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: a held result is sent when it is released") {
  Findings findings;
  findings.doubts = {{DoubtKind::kNothingFound, "nothing found"}};
  examiner.find(findings);
  tools.hold = {DoubtKind::kNothingFound};
  const JobId id = queued_job(1);
  start();
  REQUIRE(reaches(id, JobState::kHeld));
  CHECK(message(id) == "nothing found");
  scheduler->wake();
  std::this_thread::sleep_for(50ms);
  CHECK(sender.tries("pacs") == 0);
  REQUIRE(store->release_job(id, now()));
  scheduler->wake();
  REQUIRE(reaches(id, JobState::kDelivered));
  CHECK(sender.taken().size() == 1);
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

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: every destination gets the result once") {
  destinations = {peer("pacs"), peer("archive")};
  const JobId id = queued_job(1);
  start();
  REQUIRE(reaches(id, JobState::kDelivered));
  auto taken = sender.taken();
  std::sort(taken.begin(), taken.end(),
            [](const Sent& a, const Sent& b) { return a.destination < b.destination; });
  CHECK(taken == std::vector<Sent>{{"archive", result_sop(id)}, {"pacs", result_sop(id)}});
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: without destinations a result stays here") {
  destinations = {};
  const JobId id = queued_job(1);
  start();
  CHECK(reaches(id, JobState::kDelivered));
  CHECK(sender.taken().empty());
  CHECK(result_files() == 1);
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: a destination that is away gets it later, once") {
  destinations = {peer("pacs"), peer("archive")};
  sender.next_answer("pacs", kTryLater);
  const JobId id = queued_job(1);
  start();
  REQUIRE(eventually([&] { return sender.tries("pacs") == 1 && sender.tries("archive") == 1; }));
  REQUIRE(eventually([&] { return delivery(id).not_before.has_value(); }));
  CHECK(*delivery(id).not_before == now() + 30s);
  CHECK(delivery(id).message == kTryLater.message);
  clock.advance(30s);
  REQUIRE(reaches(id, JobState::kDelivered));
  CHECK(sender.tries("pacs") == 2);
  CHECK(sender.tries("archive") == 1);
  CHECK(sender.taken().size() == 2);
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: a destination that refuses fails the job") {
  destinations = {peer("pacs"), peer("archive")};
  sender.next_answer("archive", kRefused);
  const JobId id = queued_job(1);
  start();
  REQUIRE(reaches(id, JobState::kFailed));
  CAPTURE(message(id));
  CHECK(message(id).find("archive") != std::string::npos);
  CHECK(message(id).find(kRefused.message) != std::string::npos);
  CHECK(sender.tries("archive") == 1);
  CHECK(sender.taken() == std::vector<Sent>{{"pacs", result_sop(id)}});
}

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: a destination that was removed fails the job") {
  const JobId id = encoded_job(1, {"old-pacs"});
  start();
  REQUIRE(reaches(id, JobState::kFailed));
  CAPTURE(message(id));
  CHECK(message(id).find("destination 'old-pacs' is not in the configuration") !=
        std::string::npos);
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

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: a slow destination keeps nobody else waiting") {
  destinations = {peer("slow"), peer("pacs")};
  sender.hold("slow");
  const JobId id = queued_job(1);
  start();
  CHECK(eventually([&] { return sender.tries("slow") == 1; }));
  CHECK(eventually([&] { return sender.taken() == std::vector<Sent>{{"pacs", result_sop(id)}}; }));
  sender.release();
  CHECK(reaches(id, JobState::kDelivered));
}

TEST_CASE_FIXTURE(SchedulerFixture,
                  "scheduler: a slow destination never keeps the device waiting") {
  options.job_workers = 1;
  options.delivery_workers = 1;
  sender.hold("pacs");
  queued_job(1);
  start();
  CHECK(eventually([&] { return sender.tries("pacs") == 1; }));
  CHECK(reaches(queued_job(2), JobState::kEncoded));
  sender.release();
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

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: each node sends its own result to its own peers") {
  const VirtualNode thin = *VirtualNode::parse("thin");
  FakeSender thin_sender;
  virtual_routes.emplace(
      thin, Scheduler::Route{
                {reader, segmenter, examiner, writer, clock, thin}, thin_sender, {peer("ws")}});
  const JobId main_job = queued_job(1);
  std::vector<ReceivedInstance> instances;
  for (int number = 1; number <= 3; ++number) instances.push_back(instance(1, number, now()));
  for (auto& one : instances) one.series.node = thin;
  REQUIRE(store->add_instances(instances));
  const auto thin_job = store->close_series(instances.front().series, instances_digest(instances),
                                            ToSegment{}, now());
  REQUIRE(thin_job);
  REQUIRE(*thin_job);
  start();
  REQUIRE(reaches(main_job, JobState::kDelivered));
  REQUIRE(reaches(**thin_job, JobState::kDelivered));
  // The same instances, model and settings: only the node tells the results apart.
  CHECK(store->job(main_job)->instances_digest == store->job(**thin_job)->instances_digest);
  CHECK(result_sop(main_job) != result_sop(**thin_job));
  CHECK(sender.taken() == std::vector<Sent>{{"pacs", result_sop(main_job)}});
  CHECK(thin_sender.taken() == std::vector<Sent>{{"ws", result_sop(**thin_job)}});
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
