#include "pipeline/lease_keeper.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace hilum::pipeline {
namespace {

/// Beats per lease: two may fail before the lease is lost. Also often enough for people who watch
/// the progress, and for a cancellation to take effect soon.
constexpr int kBeatsPerLease = 3;
constexpr std::chrono::milliseconds kLongestPause{2000};

}  // namespace

LeaseKeeper::LeaseKeeper(JobStore& store, const Clock& clock, std::chrono::milliseconds lease)
    : store_(store),
      clock_(clock),
      lease_(lease),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

LeaseKeeper::~LeaseKeeper() = default;  // the jthread asks its thread to stop and joins it

LeaseKeeper::Held::Held(LeaseKeeper& keeper, JobId job, std::string owner)
    : keeper_(keeper), job_(job), owner_(std::move(owner)) {
  const std::lock_guard lock(keeper_.mutex_);
  keeper_.held_.push_back(this);
  if (keeper_.stopping_all_) stop_.request_stop();
}

LeaseKeeper::Held::~Held() {
  const std::lock_guard lock(keeper_.mutex_);
  keeper_.held_.remove(this);
}

void LeaseKeeper::stop_all() {
  const std::lock_guard lock(mutex_);
  stopping_all_ = true;
  for (Held* held : held_) held->stop_.request_stop();
}

void LeaseKeeper::run(const std::stop_token& stop) {
  const auto pause = std::min(lease_ / kBeatsPerLease, kLongestPause);
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    changed_.wait_for(lock, stop, pause, [] { return false; });
    if (!stop.stop_requested()) beat();
  }
}

void LeaseKeeper::beat() {
  for (Held* held : held_) {
    const Lease lease{.owner = held->owner_, .until = clock_.now() + lease_};
    const auto answer = store_.heartbeat(held->job_, lease, held->progress_);
    if (!answer) {
      // The lease may run out meanwhile; then another worker takes over and our result is refused.
      spdlog::warn("event=heartbeat_failed job={} error=\"{}\"", held->job_,
                   answer.error().message);
    } else if (*answer == HeartbeatAnswer::kStop) {
      held->stop_.request_stop();
    }
  }
}

}  // namespace hilum::pipeline
