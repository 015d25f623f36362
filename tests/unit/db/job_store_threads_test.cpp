#include <algorithm>
#include <thread>

#include "tests/unit/db/store_fixture.h"

using namespace hilum;
using namespace hilum::test;

namespace {

constexpr int kJobs = 100;
constexpr std::size_t kWorkers = 4;

/// Each worker claims from its store until nothing is left; all ids, sorted.
std::vector<JobId> claim_all(const std::vector<JobStore*>& stores, Time now) {
  std::vector<std::vector<JobId>> taken(stores.size());
  std::vector<std::thread> threads;
  for (std::size_t worker = 0; worker < stores.size(); ++worker) {
    threads.emplace_back([&, worker] {
      const Lease lease{fmt::format("node/job-{}", worker), now + std::chrono::seconds(60)};
      while (true) {
        auto job = stores[worker]->claim_job(lease, now);
        if (!job || !*job) return;
        taken[worker].push_back((*job)->id);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::vector<JobId> all;
  for (const auto& part : taken) all.insert(all.end(), part.begin(), part.end());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

TEST_CASE_FIXTURE(StoreFixture, "job_store: many workers claim each job exactly once") {
  std::vector<JobId> made;
  for (int series = 1; series <= kJobs; ++series) made.push_back(queued_job(series));
  SUBCASE("threads of one process") {
    CHECK(claim_all(std::vector(kWorkers, store.get()), now()) == made);
  }
  SUBCASE("processes on one file") {
    std::vector<std::unique_ptr<JobStore>> stores;
    std::vector<JobStore*> pointers;
    for (std::size_t i = 0; i < kWorkers; ++i) {
      stores.push_back(reopened());
      pointers.push_back(stores.back().get());
    }
    CHECK(claim_all(pointers, now()) == made);
  }
}
