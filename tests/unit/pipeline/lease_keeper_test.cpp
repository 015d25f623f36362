#include "pipeline/lease_keeper.h"

#include <mutex>

#include "tests/support/eventually.h"
#include "tests/unit/db/store_fixture.h"
#include "tests/unit/pipeline/store_wrapper.h"

using namespace hilum;
using namespace hilum::pipeline;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

constexpr auto kLease = 15ms;
constexpr double kProgress = 0.25;

/// Answers heartbeats as it was told and notes them.
class HeartbeatStore : public StoreWrapper {
 public:
  using StoreWrapper::StoreWrapper;

  struct Beat {
    JobId job;
    Lease lease;
    double progress;
  };
  void answer(Result<HeartbeatAnswer> answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  [[nodiscard]] std::vector<Beat> beats() const {
    const std::lock_guard lock(mutex_);
    return beats_;
  }
  Result<HeartbeatAnswer> heartbeat(JobId id, const Lease& lease, double progress) override {
    const std::lock_guard lock(mutex_);
    beats_.push_back({id, lease, progress});
    return answer_;
  }

 private:
  mutable std::mutex mutex_;
  Result<HeartbeatAnswer> answer_ = HeartbeatAnswer::kGoOn;
  std::vector<Beat> beats_;
};

struct LeaseFixture : StoreFixture {
  HeartbeatStore beating{*store};
  LeaseKeeper keeper{beating, clock, kLease};

  [[nodiscard]] bool more_beats(std::size_t count) {
    const std::size_t before = beating.beats().size();
    return eventually([&] { return beating.beats().size() >= before + count; });
  }
};

}  // namespace

TEST_CASE_FIXTURE(LeaseFixture, "lease_keeper: a heartbeat extends the lease in its owner's name") {
  const LeaseKeeper::Held held(keeper, 7, "node/job-0");
  REQUIRE(more_beats(1));
  const auto beat = beating.beats().back();
  CHECK(beat.job == 7);
  CHECK(beat.lease.owner == "node/job-0");
  CHECK(beat.lease.until == now() + kLease);
}

TEST_CASE_FIXTURE(LeaseFixture, "lease_keeper: a heartbeat carries the progress") {
  LeaseKeeper::Held held(keeper, 7, "node/job-0");
  held.report(kProgress);
  CHECK(eventually([&] {
    const auto beats = beating.beats();
    return !beats.empty() && beats.back().progress == kProgress;
  }));
}

TEST_CASE_FIXTURE(LeaseFixture, "lease_keeper: the store keeps the lease and the progress") {
  const JobId id = running_job(1);
  LeaseKeeper real(*store, clock, kLease);
  LeaseKeeper::Held held(real, id, "node/job-0");
  held.report(kProgress);
  CHECK(eventually([&] { return store->job(id)->progress == kProgress; }));
}

TEST_CASE_FIXTURE(LeaseFixture, "lease_keeper: goes on as long as the store says so") {
  const LeaseKeeper::Held held(keeper, 7, "node/job-0");
  REQUIRE(more_beats(3));
  CHECK_FALSE(held.stop_token().stop_requested());
}

TEST_CASE_FIXTURE(LeaseFixture, "lease_keeper: the answer kStop stops the job") {
  const LeaseKeeper::Held held(keeper, 7, "node/job-0");
  beating.answer(HeartbeatAnswer::kStop);
  CHECK(eventually([&] { return held.stop_token().stop_requested(); }));
}

TEST_CASE_FIXTURE(LeaseFixture, "lease_keeper: a cancelled job is stopped, the others are not") {
  const JobId cancelled = running_job(1);
  const JobId other = running_job(2);
  LeaseKeeper real(*store, clock, kLease);
  const LeaseKeeper::Held first(real, cancelled, "node/job-0");
  const LeaseKeeper::Held second(real, other, "node/job-0");
  REQUIRE(store->cancel_job(cancelled, now()));
  REQUIRE(eventually([&] { return first.stop_token().stop_requested(); }));
  CHECK_FALSE(second.stop_token().stop_requested());
}

TEST_CASE_FIXTURE(LeaseFixture, "lease_keeper: a heartbeat that fails does not stop the job") {
  beating.answer(kNoDatabase);
  const LeaseKeeper::Held held(keeper, 7, "node/job-0");
  REQUIRE(more_beats(3));
  CHECK_FALSE(held.stop_token().stop_requested());
}

TEST_CASE_FIXTURE(LeaseFixture, "lease_keeper: a job that has ended gets no more heartbeats") {
  { const LeaseKeeper::Held held(keeper, 7, "node/job-0"); }
  const LeaseKeeper::Held other(keeper, 8, "node/job-1");
  REQUIRE(more_beats(2));
  CHECK(beating.beats().back().job == 8);
}

TEST_CASE_FIXTURE(LeaseFixture, "lease_keeper: stop_all stops every job, now and from now on") {
  const LeaseKeeper::Held before(keeper, 7, "node/job-0");
  keeper.stop_all();
  const LeaseKeeper::Held after(keeper, 8, "node/job-1");
  CHECK(before.stop_token().stop_requested());
  CHECK(after.stop_token().stop_requested());
}
