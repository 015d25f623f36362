#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include "pipeline/domain/result.h"

namespace hilum::model::train {

struct PrefetchOptions {
  int threads = 1;
  int ahead = 2;           ///< items that are made or held before they are asked for
  std::int64_t first = 0;  ///< the item that the first `next` returns
};

/// Makes numbered items in background threads, a bounded number ahead, and hands them out in order.
/// `make` is called for each number once, from several threads at a time. One thread may call
/// `next`; any may call `stop`. The destructor waits for the `make` calls under way.
template <class T>
class Prefetch {
 public:
  using Make = std::function<Result<T>(std::int64_t)>;

  Prefetch(Make make, const PrefetchOptions& options)
      : make_(std::move(make)),
        ahead_(options.ahead),
        to_make_(options.first),
        to_take_(options.first) {
    for (int i = 0; i < options.threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~Prefetch() { stop(); }
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  /// The next item, waiting for it. kCancelled after `stop`.
  Result<T> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || ready_.contains(to_take_); });
    if (stopped_) return Error{ErrorCode::kCancelled, "loading was stopped"};
    auto item = std::move(ready_.extract(to_take_).mapped());
    ++to_take_;
    changed_.notify_all();
    return item;
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return stopped_ || to_make_ < to_take_ + ahead_; });
      if (stopped_) return;
      const std::int64_t number = to_make_++;
      lock.unlock();
      Result<T> item = made(number);
      lock.lock();
      ready_.emplace(number, std::move(item));
      changed_.notify_all();
    }
  }

  /// A thread has nobody to throw to.
  Result<T> made(std::int64_t number) {
    try {
      return make_(number);
    } catch (const std::bad_alloc&) {
      return Error{ErrorCode::kNoSpace, "not enough memory to load data"};
    } catch (const std::exception& error) {
      return Error{ErrorCode::kInternal, std::string("cannot load data: ") + error.what()};
    }
  }

  // Constant after construction.
  Make make_;
  std::int64_t ahead_;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::int64_t, Result<T>> ready_;
  std::int64_t to_make_;
  std::int64_t to_take_;
  bool stopped_ = false;

  std::vector<std::jthread> threads_;  ///< last: joined before what they use goes
};

}  // namespace hilum::model::train
