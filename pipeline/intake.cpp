#include "pipeline/intake.h"

#include <fmt/format.h>
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

std::optional<Time> earlier(std::optional<Time> a, std::optional<Time> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

void warn_of(const SeriesKey& key, const Error& failure) {
  if (failure.code == ErrorCode::kCancelled) return;  // the node is stopping
  spdlog::warn("event=query_failed series={} reason=\"{}\"", key.series.str(), failure.message);
}

}  // namespace

Intake::Intake(Tools tools, SeriesAssembler::Options options, SeriesCheck::Options check)
    : tools_(std::move(tools)), assembler_(options), check_(std::move(check)) {
  if (tools_.source != nullptr) {
    asker_.emplace(*tools_.source, tools_.store, *this,
                   [this](SeriesAsker::Answer answer) { answered(std::move(answer)); });
  }
}

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
  // What they still bring is in the spool, and recorded at the next start if not now.
  if (asker_) asker_->stop();
  if (thread_.joinable()) thread_.join();
}

void Intake::instance_stored(ReceivedInstance instance, std::uint64_t association) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock,
                [this] { return events_.size() + in_recording_ < kMostWaiting || stopping_; });
  events_.emplace_back(Stored{std::move(instance), association});
  ++reported_;
  lock.unlock();
  changed_.notify_all();
}

void Intake::association_closed(std::uint64_t association) {
  {
    const std::lock_guard lock(mutex_);
    events_.emplace_back(Closed{association});
    ++reported_;
  }
  changed_.notify_all();
}

void Intake::answered(SeriesAsker::Answer answer) {
  {
    const std::lock_guard lock(mutex_);
    events_.emplace_back(std::move(answer));
    ++reported_;
  }
  changed_.notify_all();
}

bool Intake::wait_recorded(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const std::uint64_t target = reported_;
  return changed_.wait_for(lock, patience, [&] { return recorded_ >= target; });
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
      take_answers(batch);
      {
        const std::lock_guard lock(mutex_);
        in_recording_ = 0;
        recorded_ += batch.size();
      }
      batch.clear();
      changed_.notify_all();
    } else {
      std::unique_lock lock(mutex_);
      // When stopping, the start-up reconciliation records what the database would not take.
      if (stopping_) return;
      changed_.wait_for(lock, kStorePause, [this] { return stopping_; });
      continue;
    }
    settle_complete_series();
  }
}

void Intake::wait_for_events(std::unique_lock<std::mutex>& lock) {
  const auto ready = [this] { return !events_.empty() || stopping_; };
  const auto deadline = earlier(assembler_.next_deadline(), check_.next_deadline());
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
    } else if (const auto* closed = std::get_if<Closed>(&event)) {
      assembler_.association_closed(closed->association, now);
    }
  }
  return true;
}

/// After what came before the answer has been recorded.
void Intake::take_answers(std::vector<Event>& events) {
  for (Event& event : events) {
    auto* answer = std::get_if<SeriesAsker::Answer>(&event);
    if (answer == nullptr || !check_.knows(answer->series)) continue;
    const auto& key = answer->series;
    if (!answer->inventory) warn_of(key, answer->inventory.error());
    if (answer->not_fetched) warn_of(key, *answer->not_fetched);
    check_.answered(key, std::move(answer->inventory), std::move(answer->not_fetched),
                    answer->is_last, tools_.clock.now());
    settle(key);
  }
}

void Intake::settle_complete_series() {
  for (const SeriesKey& key : assembler_.take_complete(tools_.clock.now())) settle(key);
  for (const SeriesKey& key : check_.take_due(tools_.clock.now())) settle(key);
}

void Intake::settle(const SeriesKey& key) {
  if (auto settled = try_to_settle(key); !settled) {
    spdlog::warn("event=close_failed series={} node={} error=\"{}\" action=\"trying again\"",
                 key.series.str(), key.node.shown(), settled.error().message);
    assembler_.restore(OpenSeries{.key = key, .first_received_at = tools_.clock.now()},
                       tools_.clock.now());
  }
}

Status Intake::try_to_settle(const SeriesKey& key) {
  auto instances = tools_.store.instances_of(key);
  if (!instances) return std::move(instances).error();
  SeriesCheck::Verdict verdict = SeriesCheck::Close{};
  if (asker_) {
    verdict = check_.look(key, *instances, assembler_.is_receiving(key), tools_.clock.now());
  }
  if (auto* question = std::get_if<SeriesCheck::Ask>(&verdict)) {
    ask(key, std::move(*question));
    return ok();
  }
  if (const auto* wait = std::get_if<SeriesCheck::Wait>(&verdict)) {
    note_wait(key, wait->wait);
    return ok();
  }
  const auto* close_it = std::get_if<SeriesCheck::Close>(&verdict);
  auto decision =
      decision_on(key, *instances, close_it != nullptr ? close_it->note : std::string());
  if (!decision) return std::move(decision).error();
  // A series that the rules leave out has their reason, whole or not.
  const auto* refusal = std::get_if<SeriesCheck::Refuse>(&verdict);
  if (refusal != nullptr && std::holds_alternative<ToSegment>(*decision)) {
    decision = SeriesDecision{NotSegmented{refusal->reason}};
  }
  if (auto closed = close(key, *std::move(instances), *std::move(decision)); !closed) {
    return closed;
  }
  check_.forget(key);
  assembler_.forget(key);
  return ok();
}

void Intake::ask(const SeriesKey& key, SeriesCheck::Ask question) {
  spdlog::info("event=series_asked_for series={} peer=\"{}\"", key.series.str(),
               question.peer.name);
  note_wait(key, question.wait);
  if (!asker_->ask({std::move(question.peer), key, question.patience})) {
    check_.not_asked(key, tools_.clock.now());
  }
}

void Intake::note_wait(const SeriesKey& key, const SeriesWait& wait) {
  spdlog::debug("event=series_waits series={} for=\"{}\"", key.series.str(), wait.what);
  if (auto noted = tools_.store.series_waits(key, wait); !noted) {
    spdlog::warn("event=record_failed series={} error=\"{}\"", key.series.str(),
                 noted.error().message);
  }
}

Status Intake::close(const SeriesKey& key, std::vector<ReceivedInstance> instances,
                     SeriesDecision decision) {
  const std::size_t count = instances.size();
  auto job = tools_.store.close_series(key, instances_digest(std::move(instances)), decision,
                                       tools_.clock.now());
  if (!job) return std::move(job).error();
  if (const auto* refused = std::get_if<NotSegmented>(&decision)) {
    spdlog::info("event=not_segmented series={} node={} instances={} reason=\"{}\"",
                 key.series.str(), key.node.shown(), count, refused->reason);
  } else if (*job) {
    spdlog::info("event=job_made job={} series={} node={} instances={}", **job, key.series.str(),
                 key.node.shown(), count);
    if (const auto& note = std::get<ToSegment>(decision).note; !note.empty()) {
      spdlog::warn("event=maybe_incomplete job={} series={} note=\"{}\"", **job, key.series.str(),
                   note);
    }
    if (tools_.job_made) tools_.job_made();
  }
  return ok();
}

Result<SeriesDecision> Intake::decision_on(const SeriesKey& key,
                                           const std::vector<ReceivedInstance>& instances,
                                           const std::string& note) {
  const auto rules = tools_.rules.find(key.node);
  if (rules == tools_.rules.end()) {
    return SeriesDecision{NotSegmented{
        fmt::format("it was sent to virtual node {}, which is not in the configuration any more; "
                    "add a [[virtual_node]] with this name, or send the series to another AE title",
                    key.node.name())}};
  }
  const auto freed = std::ranges::count_if(instances, [](const auto& i) { return i.file.empty(); });
  if (freed > 0) {
    return SeriesDecision{NotSegmented{
        fmt::format("of its {} instances {} had been freed when others came; to have it "
                    "segmented, have the whole series sent again",
                    instances.size(), freed)}};
  }
  std::vector<std::filesystem::path> files;
  std::transform(instances.begin(), instances.end(), std::back_inserter(files),
                 [this](const ReceivedInstance& i) { return tools_.spool / i.file; });
  auto facts = tools_.reader.inspect(files);
  if (facts) {
    SeriesDecision decision = decide(*facts, rules->second);
    if (auto* segment = std::get_if<ToSegment>(&decision)) segment->note = note;
    return decision;
  }
  const ErrorCode code = facts.error().code;
  if (code == ErrorCode::kInvalidInput || code == ErrorCode::kUnsupported) {
    return SeriesDecision{NotSegmented{"cannot be read: " + facts.error().message}};
  }
  return std::move(facts).error();
}

}  // namespace hilum::pipeline
