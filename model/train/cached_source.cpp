#include "model/train/cached_source.h"

#include <fmt/format.h>

#include <new>

namespace hilum::model::train {

Result<SamplePtr> CachedSource::get(int index) const {
  std::promise<Result<SamplePtr>> promise;
  std::shared_future<Result<SamplePtr>> known;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(index); found != entries_.end()) {
      recent_.splice(recent_.begin(), recent_, found->second.recency);
      known = found->second.sample;
    } else {
      recent_.push_front(index);
      entries_.emplace(index, Entry{.sample = promise.get_future().share(),
                                    .size_bytes = 0,
                                    .recency = recent_.begin()});
    }
  }
  return known.valid() ? known.get() : make(index, std::move(promise));
}

Result<SamplePtr> CachedSource::make(int index, std::promise<Result<SamplePtr>> promise) const {
  Result<SamplePtr> sample =
      Error{ErrorCode::kNoSpace, fmt::format("not enough memory for volume {}", index)};
  try {
    sample = inner_->get(index);
  } catch (const std::bad_alloc&) {
    // `sample` says so already.
  }
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(index);
    if (sample) {
      entry->second.size_bytes = (*sample)->size_bytes();
      held_bytes_ += entry->second.size_bytes;
      shrink();
    } else {
      // Not kept: the next try may do better.
      recent_.erase(entry->second.recency);
      entries_.erase(entry);
    }
  }
  promise.set_value(sample);
  return sample;
}

void CachedSource::shrink() const {
  for (auto it = recent_.end(); it != recent_.begin() && held_bytes_ > limit_bytes_;) {
    --it;
    const auto entry = entries_.find(*it);
    if (entry->second.size_bytes == 0) continue;  // somebody is making it
    held_bytes_ -= entry->second.size_bytes;
    entries_.erase(entry);
    it = recent_.erase(it);
  }
}

}  // namespace hilum::model::train
