#include "scp/association_threads.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace hilum::scp {

AssociationThreads::~AssociationThreads() { drain(std::chrono::milliseconds(0)); }

AssociationThreads::Slots AssociationThreads::take_done() {
  Slots done;
  for (auto it = slots_.begin(); it != slots_.end();) {
    const auto next = std::next(it);
    if (it->done) done.splice(done.end(), slots_, it);
    it = next;
  }
  return done;
}

bool AssociationThreads::idle() const {
  return std::ranges::all_of(slots_, [](const Slot& slot) { return slot.done; });
}

AssociationThreads::Taken AssociationThreads::start(std::shared_ptr<Socket> socket, Run run) {
  Slots finished;  // joined after the lock is released
  const std::scoped_lock lock(mutex_);
  finished = take_done();
  if (static_cast<int>(slots_.size()) >= most_) return Taken::kNo;
  slots_.push_back({std::move(socket), false, {}});
  Slot& slot = slots_.back();
  try {
    slot.thread = std::jthread([this, &slot, run = std::move(run)] {
      run(slot.socket);
      const std::scoped_lock done_lock(mutex_);
      slot.done = true;
      ended_.notify_all();
    });
  } catch (const std::system_error& failure) {
    spdlog::error("event=no_thread reason=\"{}\"", failure.what());
    slots_.pop_back();
    return Taken::kNo;
  }
  return Taken::kYes;
}

void AssociationThreads::drain(std::chrono::milliseconds patience) {
  Slots all;
  {
    std::unique_lock lock(mutex_);
    if (!ended_.wait_for(lock, patience, [&] { return idle(); })) {
      for (auto& slot : slots_) slot.socket->shut_down();
      ended_.wait(lock, [&] { return idle(); });
    }
    all.swap(slots_);
  }
}

}  // namespace hilum::scp
