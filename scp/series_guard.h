#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "pipeline/domain/series.h"

namespace hilum::scp {

/// Keeps the files of a series from being freed between the moment when an instance of it is filed,
/// or found to be there already, and the moment when that was reported: an instance that was
/// acknowledged must not go because the database did not know yet that it came again. Thread-safe.
class SeriesGuard {
 public:
  /// While one lives its series is not freed, or, when it is a claim to free it, nothing of it is
  /// filed. Must not outlive the guard.
  class Hold {
   public:
    ~Hold() {
      if (guard_ != nullptr) guard_->let_go(key_, kind_);
    }
    Hold(Hold&& other) noexcept
        : guard_(std::exchange(other.guard_, nullptr)),
          key_(std::move(other.key_)),
          kind_(other.kind_) {}
    Hold& operator=(Hold&&) = delete;

   private:
    friend class SeriesGuard;
    enum class Kind { kFiling, kFreeing };
    Hold(SeriesGuard& guard, SeriesKey key, Kind kind)
        : guard_(&guard), key_(std::move(key)), kind_(kind) {}
    SeriesGuard* guard_;
    SeriesKey key_;
    Kind kind_;
  };

  /// For filing. Waits while the series is being freed, which takes a commit and a rename.
  Hold hold(const SeriesKey& key);
  /// For freeing. Nothing when the series is held, or when somebody waits to hold it.
  std::optional<Hold> try_claim(const SeriesKey& key);

 private:
  void let_go(const SeriesKey& key, Hold::Kind kind);

  struct State {
    int holds = 0;  ///< including those that wait
    bool claimed = false;
  };
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<SeriesKey, State> series_;  // guarded by mutex_; of the series with a hold or a claim
};

}  // namespace hilum::scp
