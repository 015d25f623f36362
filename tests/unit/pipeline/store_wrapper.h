#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/domain/ports.h"

namespace hilum::test {

/// Passes everything on to another store. Tests override the method that is to misbehave.
class StoreWrapper : public JobStore {
 public:
  explicit StoreWrapper(JobStore& store) : store_(store) {}

  Result<std::vector<SeriesKey>> add_instances(
      std::span<const ReceivedInstance> instances) override {
    return store_.add_instances(instances);
  }
  Result<std::vector<ReceivedInstance>> instances_of(const SeriesKey& key) override {
    return store_.instances_of(key);
  }
  Result<bool> knows_instance(const SeriesKey& key, const SopInstanceUid& sop) override {
    return store_.knows_instance(key, sop);
  }
  Result<std::vector<OpenSeries>> open_series() override { return store_.open_series(); }
  Status series_waits(const SeriesKey& key, const SeriesWait& wait) override {
    return store_.series_waits(key, wait);
  }
  Result<std::optional<JobId>> close_series(const SeriesKey& key, const std::string& digest,
                                            const SeriesDecision& decision, Time now) override {
    return store_.close_series(key, digest, decision, now);
  }
  Result<std::optional<Job>> claim_job(const Lease& lease, Time now) override {
    return store_.claim_job(lease, now);
  }
  Result<HeartbeatAnswer> heartbeat(JobId id, const Lease& lease, double progress) override {
    return store_.heartbeat(id, lease, progress);
  }
  Status job_encoded(JobId id, const std::string& owner, const JobResult& result,
                     Time now) override {
    return store_.job_encoded(id, owner, result, now);
  }
  Status job_retry_later(JobId id, const std::string& owner, const Error& why, Time not_before,
                         Time now) override {
    return store_.job_retry_later(id, owner, why, not_before, now);
  }
  Status job_failed(JobId id, const std::string& owner, const Error& why, Time now) override {
    return store_.job_failed(id, owner, why, now);
  }
  Result<std::optional<Delivery>> claim_delivery(const Lease& lease, Time now) override {
    return store_.claim_delivery(lease, now);
  }
  Status delivery_done(DeliveryId id, const std::string& owner, Time now) override {
    return store_.delivery_done(id, owner, now);
  }
  Status delivery_stored(DeliveryId id, const std::string& owner, Time now) override {
    return store_.delivery_stored(id, owner, now);
  }
  Status delivery_retry_later(DeliveryId id, const std::string& owner, const Error& why,
                              Time not_before, Time now) override {
    return store_.delivery_retry_later(id, owner, why, not_before, now);
  }
  Status delivery_failed(DeliveryId id, const std::string& owner, const Error& why,
                         Time now) override {
    return store_.delivery_failed(id, owner, why, now);
  }
  Status recover(const std::string& node, int max_attempts, Time now) override {
    return store_.recover(node, max_attempts, now);
  }
  Result<std::vector<Job>> jobs(std::optional<JobState> state, int limit) override {
    return store_.jobs(state, limit);
  }
  Result<Job> job(JobId id) override { return store_.job(id); }
  Result<std::vector<ResultPackage>> results_of(JobId id) override { return store_.results_of(id); }
  Result<std::vector<Delivery>> deliveries_of(JobId id) override {
    return store_.deliveries_of(id);
  }
  Result<std::vector<JobEvent>> events_of(JobId id) override { return store_.events_of(id); }
  Result<std::vector<SeriesSummary>> series(int limit) override { return store_.series(limit); }
  Status retry_job(JobId id, Time now) override { return store_.retry_job(id, now); }
  Status cancel_job(JobId id, Time now) override { return store_.cancel_job(id, now); }
  Status release_job(JobId id, Time now) override { return store_.release_job(id, now); }

 private:
  JobStore& store_;
};

/// A database that cannot be reached.
inline const Error kNoDatabase{ErrorCode::kUnavailable, "the database is locked"};

/// Does not take instances a given number of times.
class FailingStore : public StoreWrapper {
 public:
  using StoreWrapper::StoreWrapper;

  void fail_add_instances(int times) { failures_left_ = times; }
  [[nodiscard]] int failures() const { return failures_; }

  Result<std::vector<SeriesKey>> add_instances(
      std::span<const ReceivedInstance> instances) override {
    if (failures_left_ > 0) {
      --failures_left_;
      ++failures_;
      return kNoDatabase;
    }
    return StoreWrapper::add_instances(instances);
  }

 private:
  std::atomic<int> failures_left_{0};
  std::atomic<int> failures_{0};
};

/// Takes no instance until it is let go on; a test that fails before that does not hang for ever.
class SlowStore : public StoreWrapper {
 public:
  using StoreWrapper::StoreWrapper;

  void go_on() {
    {
      const std::lock_guard lock(mutex_);
      go_on_ = true;
    }
    changed_.notify_all();
  }
  [[nodiscard]] int calls() const { return calls_; }

  Result<std::vector<SeriesKey>> add_instances(
      std::span<const ReceivedInstance> instances) override {
    ++calls_;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::seconds(10), [this] { return go_on_; });
    }
    return StoreWrapper::add_instances(instances);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool go_on_ = false;  // guarded by mutex_
  std::atomic<int> calls_{0};
};

/// Another process does something just before a series is closed for the first time.
class RacingStore : public StoreWrapper {
 public:
  RacingStore(JobStore& store, std::function<void()> other) : StoreWrapper(store), other_(other) {}

  Result<std::optional<JobId>> close_series(const SeriesKey& key, const std::string& digest,
                                            const SeriesDecision& decision, Time now) override {
    if (other_) std::exchange(other_, nullptr)();
    return StoreWrapper::close_series(key, digest, decision, now);
  }

 private:
  std::function<void()> other_;
};

}  // namespace hilum::test
