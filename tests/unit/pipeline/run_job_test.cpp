#include "pipeline/run_job.h"

#include <algorithm>

#include "pipeline/result_identity.h"
#include "tests/unit/pipeline/processing_fixture.h"
#include "tests/unit/pipeline/store_wrapper.h"

using namespace hilum;
using namespace hilum::pipeline;
using namespace hilum::test;

namespace {

struct JobFixture : ProcessingFixture {
  Result<SeriesResult> run(const Job& job, JobStore& on) {
    return run_job(job, on, tools, folders, {}, {});
  }
  Job claimed_job() {
    queued_job(1);  // of instances 1..3
    return claimed();
  }
};

}  // namespace

TEST_CASE_FIXTURE(JobFixture, "run_job: the result's UIDs follow from the job's instances") {
  const Job job = claimed_job();
  const auto result = run(job, *store);
  REQUIRE(result);
  const ResultIdentity expected =
      result_identity(job.instances_digest, segmenter.info().sha256, writer.settings({}));
  CHECK(result->packages.at(0).objects.at(0).sop == expected.sop("seg"));
}

TEST_CASE_FIXTURE(JobFixture, "run_job: reads the recorded instances from the spool") {
  REQUIRE(run(claimed_job(), *store));
  std::vector<std::filesystem::path> expected;
  for (int number = 1; number <= 3; ++number) {
    expected.push_back(folders.spool / instance(1, number, now()).file);
  }
  auto files = reader.files();
  std::sort(files.begin(), files.end());
  CHECK(files == expected);
}

TEST_CASE_FIXTURE(JobFixture, "run_job: leaves the job's state to its caller") {
  const Job job = claimed_job();
  REQUIRE(run(job, *store));
  CHECK(state(job.id) == JobState::kRunning);
}

TEST_CASE_FIXTURE(JobFixture, "run_job: a series that has changed meanwhile is not processed") {
  const Job job = claimed_job();
  receive(1, 4, 4);
  const auto result = run(job, *store);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::kCancelled);
  CHECK(segmenter.started() == 0);
}

TEST_CASE_FIXTURE(JobFixture, "run_job: a store that cannot be asked is an error") {
  struct : StoreWrapper {
    using StoreWrapper::StoreWrapper;
    Result<std::vector<ReceivedInstance>> instances_of(const SeriesKey&) override {
      return kNoDatabase;
    }
  } broken{*store};
  const auto result = run(claimed_job(), broken);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == kNoDatabase.code);
  CHECK(result.error().message == "look up the instances: the database is locked");
}
