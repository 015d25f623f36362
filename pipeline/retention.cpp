#include "pipeline/retention.h"

#include <spdlog/spdlog.h>

#include <system_error>
#include <utility>

namespace hilum::pipeline {
namespace {

std::optional<Time> before(Time now, const RetentionPolicy::Age& age) {
  // One millisecond later, so that an age of zero means now.
  return age ? std::optional(now - *age + std::chrono::milliseconds(1)) : std::nullopt;
}

}  // namespace

Retention::~Retention() { stop(); }

void Retention::start() {
  thread_ = std::thread([this] { run(); });
}

void Retention::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Retention::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const int freed = round();
    lock.lock();
    // A full round may have left more; a short rest keeps reception ahead of deletion.
    constexpr std::chrono::milliseconds kBetweenFullRounds{200};
    const auto pause = freed < kSeriesPerRound ? std::chrono::milliseconds(kPause)
                                               : std::chrono::milliseconds(kBetweenFullRounds);
    changed_.wait_for(lock, pause, [this] { return stopping_; });
  }
}

bool Retention::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

RetentionLimits Retention::limits_now() const {
  const Time now = tools_.clock.now();
  return {.delivered_before = before(now, policy_.delivered),
          .not_segmented_before = before(now, policy_.not_segmented),
          .undelivered_before = before(now, policy_.undelivered)};
}

int Retention::round() {
  int freed = free_due(limits_now(), kSeriesPerRound);
  if (policy_.free_early) freed += free_for_space(kSeriesPerRound - freed);
  forget_old();
  return freed;
}

int Retention::free_due(const RetentionLimits& limits, int most) {
  const auto due = tools_.store.series_to_free(limits, most);
  if (!due) {
    spdlog::error("event=retention_failed error=\"{}\"", due.error().message);
    return 0;
  }
  int freed = 0;
  for (const SeriesKey& key : *due) {
    if (stopping()) break;
    freed += free_one(key, limits, "its time is over") ? 1 : 0;
  }
  return freed;
}

int Retention::free_for_space(int most) {
  if (most <= 0 || !tools_.space_is_scarce()) return 0;
  const RetentionLimits delivered{.delivered_before =
                                      before(tools_.clock.now(), std::chrono::milliseconds(0))};
  const auto candidates = tools_.store.series_to_free(delivered, most);
  if (!candidates) {
    spdlog::error("event=retention_failed error=\"{}\"", candidates.error().message);
    return 0;
  }
  int freed = 0;
  for (const SeriesKey& key : *candidates) {
    if (stopping() || (freed > 0 && !tools_.space_is_scarce())) break;
    freed += free_one(key, delivered, "delivered, and space is scarce") ? 1 : 0;
  }
  return freed;
}

bool Retention::free_one(const SeriesKey& key, const RetentionLimits& limits,
                         std::string_view why) {
  FreedSeries freed;
  const auto done = tools_.free_files(key, [&]() -> Result<bool> {
    // What was received a moment ago may not be in the store, which would decide without it.
    if (!tools_.all_recorded()) return false;
    auto marked = tools_.store.free_series(key, limits, tools_.clock.now());
    if (!marked) return std::move(marked).error();
    if (!*marked) return false;
    freed = std::move(**marked);
    return true;
  });
  // Also when deleting the received files failed: the store has let go of the results by then.
  for (const auto& file : freed.results) delete_result(file);
  if (!done) {
    spdlog::error("event=free_failed series={} error=\"{}\"", key.series.str(),
                  done.error().message);
    return false;
  }
  if (*done) {
    spdlog::info("event=series_freed series={} instances={} results={} reason=\"{}\"",
                 key.series.str(), freed.instances, freed.results.size(), why);
  }
  return *done;
}

void Retention::delete_result(const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::remove(tools_.results / file, error);
  if (error) {
    spdlog::error("event=free_failed file={} error=\"{}\"", file.string(), error.message());
  }
}

void Retention::sweep_results() {
  std::error_code error;
  for (std::filesystem::directory_iterator it(tools_.results, error), end; !error && it != end;
       it.increment(error)) {
    const auto file = it->path().filename();
    const auto freed = tools_.store.result_was_freed(file);
    if (!freed) {
      spdlog::error("event=retention_failed error=\"{}\"", freed.error().message);
      return;
    }
    if (*freed) delete_result(file);
  }
}

void Retention::forget_old() {
  const Time now = tools_.clock.now();
  if (policy_.history) {
    const auto forgotten = tools_.store.forget_series(now - *policy_.history, kSeriesPerRound);
    if (!forgotten) {
      spdlog::error("event=retention_failed error=\"{}\"", forgotten.error().message);
    } else if (*forgotten > 0) {
      spdlog::info("event=history_forgotten series={}", *forgotten);
    }
  }
  if (policy_.quarantined) {
    const auto discarded = tools_.discard_quarantined(now - *policy_.quarantined);
    if (!discarded) {
      spdlog::error("event=retention_failed error=\"{}\"", discarded.error().message);
    } else if (*discarded > 0) {
      spdlog::info("event=quarantine_discarded files={}", *discarded);
    }
  }
}

}  // namespace hilum::pipeline
