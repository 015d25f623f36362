#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "pipeline/domain/ports.h"

namespace hilum::pipeline {

/// Keeps the leases of running jobs alive and carries their progress to the store; when the store
/// answers that a job was cancelled, superseded or lost, its `stop_token` fires. Thread-safe.
class LeaseKeeper {
 public:
  LeaseKeeper(JobStore& store, const Clock& clock, std::chrono::milliseconds lease);
  ~LeaseKeeper();
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;

  /// A job under way. Must not outlive the keeper.
  class Held {
   public:
    Held(LeaseKeeper& keeper, JobId job, std::string owner);
    ~Held();
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    void report(double progress) { progress_ = progress; }
    [[nodiscard]] std::stop_token stop_token() const { return stop_.get_token(); }

   private:
    friend class LeaseKeeper;
    LeaseKeeper& keeper_;
    const JobId job_;
    const std::string owner_;
    std::atomic<double> progress_{0};
    std::stop_source stop_;
  };

  /// Asks every job under way to stop, now and from now on: the node is going down.
  void stop_all();

 private:
  void run(const std::stop_token& stop);
  void beat();

  JobStore& store_;
  const Clock& clock_;
  const std::chrono::milliseconds lease_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::list<Held*> held_;      // guarded by mutex_
  bool stopping_all_ = false;  // guarded by mutex_
  std::jthread thread_;        // last: it uses the members above
};

}  // namespace hilum::pipeline
