#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/commitments.h"
#include "pipeline/domain/ports.h"
#include "pipeline/lease_keeper.h"
#include "pipeline/process_series.h"
#include "pipeline/retry_policy.h"
#include "pipeline/routes.h"
#include "pipeline/run_job.h"

namespace hilum::pipeline {

/// Claims leased work from the store and does it: jobs (read, segment, encode) and deliveries, with
/// the requests to commit that follow them, each on its own few threads, so that a slow destination
/// never keeps the device waiting. All state is in the store; several schedulers on one store share
/// the work.
///
/// Thread-safe. Everything passed in outlives it.
class Scheduler {
 public:
  struct Options {
    std::string node;     ///< names this node in leases
    int job_workers = 2;  ///< one reads or encodes while the other one's work is on the device
    int delivery_workers = 2;
    int max_attempts = 3;  ///< starts without an end (crashes) after which a job has failed
    std::chrono::milliseconds lease{std::chrono::seconds(60)};
    std::chrono::milliseconds delivery_lease{std::chrono::minutes(15)};
    std::chrono::milliseconds poll{std::chrono::seconds(1)};  ///< for work other processes made
    RetryPolicy retry;
  };

  /// Without `commitments` every destination that has answered with success has the result.
  Scheduler(JobStore& store, Routes routes, const Clock& clock, Folders folders, Options options,
            Commitments* commitments = nullptr);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Gives back what this node held when it last stopped, then works until `stop`.
  Status start();
  /// There may be new work.
  void wake();
  /// Asks running jobs to stop and waits for them; they are queued again.
  void stop();

 private:
  using Step = bool (Scheduler::*)(const std::string& owner);  ///< false: nothing was due
  void work(Step step, const std::string& owner);
  void recover();

  bool run_next_job(const std::string& owner);
  void finish_job(const Job& job, const std::string& owner, Result<SeriesResult> result);
  void record_result(const Job& job, const std::string& owner, SeriesResult result);
  bool run_next_of_delivery(const std::string& owner);
  bool run_next_delivery(const std::string& owner);
  bool run_next_request(const std::string& owner);
  Status deliver(const Delivery& delivery, const Peer& destination, ResultSender& sender) const;
  enum class Then { kDone, kCommit };  ///< what remains after all was sent
  void finish_delivery(const Delivery& delivery, const std::string& owner, const Status& sent,
                       Then then);

  JobStore& store_;
  const Routes routes_;
  const Clock& clock_;
  const Folders folders_;
  const Options options_;
  Commitments* const commitments_;
  const Stage::Clock::time_point started_at_ = Stage::Clock::now();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t wakes_ = 0;  // guarded by mutex_
  bool stopping_ = false;    // guarded by mutex_
  std::unique_ptr<LeaseKeeper> leases_;
  std::vector<std::thread> threads_;
};

}  // namespace hilum::pipeline
