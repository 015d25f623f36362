#pragma once

#include <cstdint>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "model/train/sample_source.h"

namespace hilum::model::train {

/// Keeps the volumes of another source in memory up to a limit, dropping the one that was asked for
/// longest ago. A volume that several threads ask for at once is made once. Volumes in use by
/// others do not count once they are dropped here. Thread-safe.
class CachedSource : public SampleSource {
 public:
  CachedSource(std::shared_ptr<const SampleSource> inner, std::size_t limit_bytes)
      : inner_(std::move(inner)), limit_bytes_(limit_bytes) {}

  [[nodiscard]] int count() const override { return inner_->count(); }
  [[nodiscard]] Result<SamplePtr> get(int index) const override;
  [[nodiscard]] int labels() const override { return inner_->labels(); }
  [[nodiscard]] std::string identity() const override { return inner_->identity(); }
  [[nodiscard]] std::string description() const override { return inner_->description(); }

 private:
  struct Entry {
    std::shared_future<Result<SamplePtr>> sample;
    std::size_t size_bytes = 0;  ///< 0 while it is being made
    std::list<int>::iterator recency;
  };
  /// Makes the volume, outside the lock, and settles its entry.
  Result<SamplePtr> make(int index, std::promise<Result<SamplePtr>> promise) const;
  void shrink() const;

  std::shared_ptr<const SampleSource> inner_;
  std::size_t limit_bytes_;

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  mutable std::map<int, Entry> entries_;
  mutable std::list<int> recent_;  ///< latest first
  mutable std::size_t held_bytes_ = 0;
};

}  // namespace hilum::model::train
