#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "pipeline/domain/stage_gate.h"

namespace hilum::model {

/// Turns on one or several devices, each lent to one caller at a time. Thread-safe.
class DevicePool {
 public:
  explicit DevicePool(int devices);

  /// A device that is the holder's until destruction. When the last one comes back, the memory
  /// that was kept for tensors goes back to the kernel.
  class Loan {
   public:
    Loan(DevicePool& pool, StageGate::Pass pass);
    Loan(Loan&&) noexcept;
    Loan& operator=(Loan&&) = delete;
    ~Loan();
    /// Which one, from 0.
    [[nodiscard]] std::size_t device() const { return device_; }

   private:
    DevicePool* pool_;  // null: moved from
    StageGate::Pass pass_;
    std::size_t device_;
  };
  /// Waits for a free device; nothing when `stop` is requested before.
  std::optional<Loan> take(const std::stop_token& stop);

 private:
  const std::size_t devices_;
  StageGate gate_;
  std::mutex mutex_;
  std::vector<std::size_t> free_;  // guarded by mutex_
};

}  // namespace hilum::model
