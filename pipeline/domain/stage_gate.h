#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace hilum {

/// Lets a bounded number of jobs into a stage at once: two jobs may be under way so that reading
/// one overlaps the network's work on the other, but the device serves one. Thread-safe.
class StageGate {
 public:
  explicit StageGate(int places) : free_(places) {}

  /// One place in the stage, given back on destruction.
  class Pass {
   public:
    explicit Pass(StageGate& gate) : gate_(&gate) {}
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    StageGate* gate_;
  };

  /// Waits for a place; nothing when `stop` is requested before one is free.
  std::optional<Pass> enter(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    if (!place_free_.wait(lock, stop, [this] { return free_ > 0; })) return std::nullopt;
    --free_;
    return std::optional<Pass>(std::in_place, *this);
  }

 private:
  void leave() {
    {
      const std::lock_guard lock(mutex_);
      ++free_;
    }
    place_free_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable_any place_free_;
  int free_;  // guarded by mutex_
};

}  // namespace hilum
