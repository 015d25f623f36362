#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>

#include "pipeline/domain/commitment.h"
#include "pipeline/retry_policy.h"
#include "pipeline/routes.h"

namespace hilum::pipeline {

/// Has destinations confirm that they keep what they were sent: makes the requests that are due,
/// takes the reports, and decides what follows from them or from their absence (adr/0009). All
/// state is in the store. Thread-safe. Everything passed in outlives it.
class Commitments : public CommitmentSink {
 public:
  struct Options {
    std::chrono::seconds report_deadline{600};  ///< of the first request; doubles with each
    int attempts = 5;                           ///< requests without a report
    std::chrono::milliseconds lease{std::chrono::minutes(15)};
    RetryPolicy retry;
  };
  struct Tools {
    JobStore& jobs;
    CommitmentStore& store;
    const Clock& clock;
    std::filesystem::path results;    ///< where the files of results lie
    std::function<void()> changed{};  ///< there may be work for `run_next`
  };
  /// No deadline is longer.
  static constexpr std::chrono::hours kLongestDeadline{24};

  Commitments(Tools tools, const Routes& routes, Options options)
      : tools_(std::move(tools)), routes_(routes), options_(options) {}

  /// Does what is due for one delivery; false when nothing was.
  bool run_next(const std::string& owner);
  /// Requests under way do not wait for their reports any more.
  void stop();

  Status report_arrived(const CommitmentReport& report) override;

 private:
  void handle(const StoredDelivery& stored, const std::string& owner);
  void ask(const StoredDelivery& stored, const std::string& owner, const Way& way);
  void answered(const StoredDelivery& stored, const std::string& owner, const Way& way,
                CommitmentRequester::Answer answer);
  void refused(const StoredDelivery& stored, const std::string& owner, const Error& error);
  void send_again(const StoredDelivery& stored, const std::string& owner);
  void fail(const Delivery& delivery, const std::string& owner, const Error& error);
  void waive(const Delivery& delivery, const std::string& owner, const std::string& note);
  [[nodiscard]] std::chrono::seconds deadline_after(int unanswered) const;

  /// While a request is under way: its report, which may come by another association, ends it.
  class UnderWay;

  const Tools tools_;
  const Routes routes_;
  const Options options_;
  std::mutex mutex_;
  std::map<TransactionUid, std::stop_source> under_way_;  // guarded by mutex_
  bool stopping_ = false;                                 // guarded by mutex_
};

}  // namespace hilum::pipeline
