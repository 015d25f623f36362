#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "model/lacaf.h"
#include "pipeline/domain/stage_gate.h"

namespace hilum::model {

/// The same network on one or several devices, each lent to one caller at a time. Thread-safe.
class NetworkPool {
 public:
  explicit NetworkPool(std::vector<LaCaf> networks);

  /// A network that is the holder's until destruction. When the last one comes back, the memory
  /// that was kept for tensors goes back to the kernel.
  class Loan {
   public:
    Loan(NetworkPool& pool, StageGate::Pass pass);
    Loan(Loan&&) noexcept;
    Loan& operator=(Loan&&) = delete;
    ~Loan();
    LaCaf* operator->() const { return network_; }

   private:
    NetworkPool* pool_;
    StageGate::Pass pass_;
    LaCaf* network_;
  };
  /// Waits for a free network; nothing when `stop` is requested before.
  std::optional<Loan> take(const std::stop_token& stop);

  /// For people: "cpu, 2 threads, bfloat16", or the first device's and how many there are.
  [[nodiscard]] std::string describe() const;

 private:
  std::vector<LaCaf> networks_;
  StageGate gate_;
  std::mutex mutex_;
  std::vector<LaCaf*> free_;  // guarded by mutex_
};

}  // namespace hilum::model
