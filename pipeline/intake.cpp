#include "pipeline/intake.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>
#include <utility>

namespace hilum::pipeline {
namespace {

using namespace std::chrono_literals;

/// How long to wait before asking a database again that just failed.
constexpr auto kStorePause = 1s;
constexpr auto kLongestSleep = 1h;  // nothing is due: only an event ends the sleep

}  // namespace

Intake::Intake(Tools tools, SeriesAssembler::Options options)
    : tools_(std::move(tools)), assembler_(options) {}

Intake::~Intake() { stop(); }

Status Intake::start() {
  auto open = tools_.store.open_series();
  if (!open) return std::move(open).error().in("look up open series");
  for (const OpenSeries& series : *open) assembler_.restore(series, tools_.clock.now());
  if (!open->empty()) spdlog::info("event=open_series_restored count={}", open->size());
  thread_ = std::thread([this] { run(); });
  return ok();
}

void Intake::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Intake::instance_stored(ReceivedInstance instance, std::uint64_t association) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock,
                [this] { return events_.size() + in_recording_ < kMostWaiting || stopping_; });
  events_.emplace_back(Stored{std::move(instance), association});
  lock.unlock();
  changed_.notify_all();
}

void Intake::association_closed(std::uint64_t association) {
  {
    const std::lock_guard lock(mutex_);
    events_.emplace_back(Closed{association});
  }
  changed_.notify_all();
}

void Intake::run() {
  std::vector<Event> batch;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (batch.empty()) wait_for_events(lock);
      std::move(events_.begin(), events_.end(), std::back_inserter(batch));
      events_.clear();
      in_recording_ = batch.size();
      if (batch.empty() && stopping_) return;
    }
    if (record(batch)) {
      batch.clear();
      {
        const std::lock_guard lock(mutex_);
        in_recording_ = 0;
      }
      changed_.notify_all();
    } else {
      std::unique_lock lock(mutex_);
      // When stopping, the start-up reconciliation records what the database would not take.
      if (stopping_) return;
      changed_.wait_for(lock, kStorePause, [this] { return stopping_; });
      continue;
    }
    close_complete_series();
  }
}

void Intake::wait_for_events(std::unique_lock<std::mutex>& lock) {
  const auto ready = [this] { return !events_.empty() || stopping_; };
  const auto deadline = assembler_.next_deadline();
  const Time now = tools_.clock.now();
  const auto pause = deadline ? *deadline - now : Time::duration(kLongestSleep);
  if (pause > Time::duration::zero()) changed_.wait_for(lock, pause, ready);
}

bool Intake::record(const std::vector<Event>& events) {
  std::vector<ReceivedInstance> instances;
  for (const Event& event : events) {
    if (const auto* stored = std::get_if<Stored>(&event)) instances.push_back(stored->instance);
  }
  std::set<SeriesKey> grown;
  if (!instances.empty()) {
    auto keys = tools_.store.add_instances(instances);
    if (!keys) {
      spdlog::error("event=record_failed instances={} error=\"{}\" action=\"trying again\"",
                    instances.size(), keys.error().message);
      return false;
    }
    grown.insert(keys->begin(), keys->end());
  }
  const Time now = tools_.clock.now();
  for (const Event& event : events) {
    if (const auto* stored = std::get_if<Stored>(&event)) {
      const ReceivedInstance& instance = stored->instance;
      if (!grown.contains(instance.series)) continue;  // a repetition changes nothing
      assembler_.instance_added(instance.series, instance.sop, stored->association,
                                instance.expected_in_series, now);
    } else {
      assembler_.association_closed(std::get<Closed>(event).association, now);
    }
  }
  return true;
}

void Intake::close_complete_series() {
  for (const SeriesKey& key : assembler_.take_complete(tools_.clock.now())) {
    auto closed = close(key);
    if (closed) continue;
    spdlog::warn("event=close_failed series={} error=\"{}\" action=\"trying again\"",
                 key.series.str(), closed.error().message);
    assembler_.restore(OpenSeries{.key = key, .first_received_at = tools_.clock.now()},
                       tools_.clock.now());
  }
}

Status Intake::close(const SeriesKey& key) {
  auto instances = tools_.store.instances_of(key);
  if (!instances) return std::move(instances).error();
  auto decision = decision_on(*instances);
  if (!decision) return std::move(decision).error();

  const std::size_t count = instances->size();
  auto job = tools_.store.close_series(key, instances_digest(*std::move(instances)), *decision,
                                       tools_.clock.now());
  if (!job) return std::move(job).error();
  if (const auto* refused = std::get_if<NotSegmented>(&*decision)) {
    spdlog::info("event=not_segmented series={} instances={} reason=\"{}\"", key.series.str(),
                 count, refused->reason);
  } else if (*job) {
    spdlog::info("event=job_made job={} series={} instances={}", **job, key.series.str(), count);
    if (tools_.job_made) tools_.job_made();
  }
  return ok();
}

Result<SeriesDecision> Intake::decision_on(const std::vector<ReceivedInstance>& instances) {
  std::vector<std::filesystem::path> files;
  std::transform(instances.begin(), instances.end(), std::back_inserter(files),
                 [this](const ReceivedInstance& i) { return tools_.spool / i.file; });
  auto facts = tools_.reader.inspect(files);
  if (facts) return decide(*facts, tools_.rules);
  const ErrorCode code = facts.error().code;
  if (code == ErrorCode::kInvalidInput || code == ErrorCode::kUnsupported) {
    return SeriesDecision{NotSegmented{"cannot be read: " + facts.error().message}};
  }
  return std::move(facts).error();
}

}  // namespace hilum::pipeline
