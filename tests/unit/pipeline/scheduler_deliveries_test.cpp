// What becomes of results: to whom, when, and what if they are not taken.
#include <algorithm>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/eventually.h"
#include "tests/unit/pipeline/fake_peers.h"
#include "tests/unit/pipeline/scheduler_fixture.h"

using namespace hilum;
using namespace hilum::pipeline;
using namespace hilum::test;
using namespace std::chrono_literals;

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

TEST_CASE_FIXTURE(SchedulerFixture, "scheduler: each node sends its own result to its own peers") {
  const VirtualNode thin = *VirtualNode::parse("thin");
  FakeSender thin_sender;
  virtual_routes.emplace(
      thin, Route{{reader, segmenter, examiner, writer, clock, thin}, thin_sender, {peer("ws")}});
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
