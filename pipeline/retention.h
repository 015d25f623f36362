#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "pipeline/domain/ports.h"
#include "pipeline/domain/retention.h"

namespace hilum::pipeline {

/// How long files are kept, counted from the last thing that happened to their series. Nothing: for
/// ever. Zero: as soon as the series is at rest.
struct RetentionPolicy {
  using Age = std::optional<std::chrono::milliseconds>;
  Age delivered{};
  Age not_segmented{};
  Age undelivered{};
  Age quarantined{};
  Age history{};  ///< of rows, counted from when the files were freed
  /// While space is scarce, delivered series are freed before their time, the longest at rest
  /// first. Nothing else ever is: what is not delivered is never dropped to make room.
  bool free_early = true;
};

/// Frees what nobody needs any more (adr/0007-retention.md), a bounded number of series per round.
/// The store decides and remembers first, durably; then the files go. A crash in between leaves
/// files that the start-up reconciliation takes for what they are, and that are freed again.
///
/// Thread-safe; one thread of its own between `start` and `stop`.
class Retention {
 public:
  struct Tools {
    RetentionStore& store;
    const Clock& clock;
    std::filesystem::path results;
    /// Deletes the received files of a series if `mark` says so; false: it was not done, for
    /// example because some of it is being received. While `mark` runs nothing of the series is
    /// received.
    std::function<Result<bool>(const SeriesKey&, const std::function<Result<bool>()>& mark)>
        free_files;
    /// Waits a moment until everything received so far is in the store; false: it is not.
    std::function<bool()> all_recorded;
    std::function<bool()> space_is_scarce;
    std::function<Result<int>(Time)> discard_quarantined;  ///< older ones; how many
  };
  static constexpr int kSeriesPerRound = 20;
  static constexpr std::chrono::seconds kPause{5};

  Retention(Tools tools, RetentionPolicy policy) : tools_(std::move(tools)), policy_(policy) {}
  ~Retention();
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

  void start();
  void stop();

  /// One round: what is beyond its time, then what has to go early. Returns how many series were
  /// freed.
  int round();
  /// Deletes results whose deletion was recorded but not done before the process ended. For the
  /// start, before anything is made.
  void sweep_results();

 private:
  void run();
  [[nodiscard]] bool stopping();
  [[nodiscard]] RetentionLimits limits_now() const;
  int free_due(const RetentionLimits& limits, int most);
  int free_for_space(int most);
  bool free_one(const SeriesKey& key, const RetentionLimits& limits, std::string_view why);
  void delete_result(const std::filesystem::path& file);
  void forget_old();

  const Tools tools_;
  const RetentionPolicy policy_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace hilum::pipeline
