#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "scp/socket.h"

namespace hilum::scp {

/// One thread per association: a peer that is slow, or a disk that is, holds up nobody else.
/// Bounded: connections beyond `most` are closed. Thread-safe.
class AssociationThreads {
 public:
  using Run = std::function<void(const std::shared_ptr<Socket>&)>;

  explicit AssociationThreads(int most) : most_(most) {}
  ~AssociationThreads();
  AssociationThreads(const AssociationThreads&) = delete;
  AssociationThreads& operator=(const AssociationThreads&) = delete;

  enum class Taken { kYes, kNo };
  /// Starts a thread that runs `run`; kNo when there is none left or none to be had.
  Taken start(std::shared_ptr<Socket> socket, Run run);
  /// Waits at most `patience` for all to end by themselves, then ends their connections, and
  /// returns when the last thread is gone.
  void drain(std::chrono::milliseconds patience);

 private:
  struct Slot {
    std::shared_ptr<Socket> socket;
    bool done = false;  // guarded by the owner's mutex_
    std::jthread thread;
  };
  using Slots = std::list<Slot>;

  /// Takes out the slots of threads that are done; destroying them joins, which is instant then.
  Slots take_done();
  [[nodiscard]] bool idle() const;

  const int most_;
  std::mutex mutex_;
  std::condition_variable ended_;
  Slots slots_;  // guarded by mutex_
};

}  // namespace hilum::scp
