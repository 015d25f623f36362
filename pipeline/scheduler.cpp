#include "pipeline/scheduler.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace hilum::pipeline {
namespace {

/// One line per stage, with times since `start`, so that a run can be drawn as a timeline.
void log_stages(JobId job, const std::vector<Stage>& stages, Stage::Clock::time_point start) {
  const auto since = [&](Stage::Clock::time_point time) {
    return std::chrono::duration<double>(time - start).count();
  };
  for (const Stage& stage : stages) {
    spdlog::info("event=stage job={} stage={} begin_s={:.3f} end_s={:.3f}", job, stage.name,
                 since(stage.begin), since(stage.end));
  }
}

/// A change of the store's record that failed: the lease runs out and the work is done again.
void log_unless_ok(const Status& status, std::string_view what, std::int64_t id) {
  if (!status) {
    spdlog::error("event=record_failed what={} id={} error=\"{}\"", what, id,
                  status.error().message);
  }
}

}  // namespace

Scheduler::Scheduler(JobStore& store, Routes routes, const Clock& clock, Folders folders,
                     Options options, Commitments* commitments)
    : store_(store),
      routes_(std::move(routes)),
      clock_(clock),
      folders_(std::move(folders)),
      options_(std::move(options)),
      commitments_(commitments) {}

Scheduler::~Scheduler() { stop(); }

Status Scheduler::start() {
  auto recovered = store_.recover(options_.node, options_.max_attempts, clock_.now());
  if (!recovered) return std::move(recovered).error().in("take up the jobs of the last run");
  leases_ = std::make_unique<LeaseKeeper>(store_, clock_, options_.lease);
  const auto add = [this](int count, std::string_view kind, Step step) {
    for (int i = 0; i < count; ++i) {
      const std::string owner = fmt::format("{}/{}-{}", options_.node, kind, i);
      threads_.emplace_back([this, step, owner] { work(step, owner); });
    }
  };
  add(options_.job_workers, "job", &Scheduler::run_next_job);
  add(options_.delivery_workers, "delivery", &Scheduler::run_next_of_delivery);
  threads_.emplace_back([this] { recover(); });
  return ok();
}

void Scheduler::wake() {
  {
    const std::lock_guard lock(mutex_);
    ++wakes_;
  }
  changed_.notify_all();
}

void Scheduler::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (commitments_ != nullptr) commitments_->stop();
  if (leases_) leases_->stop_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  leases_.reset();
}

void Scheduler::work(Step step, const std::string& owner) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::uint64_t seen = wakes_;
    lock.unlock();
    const bool did_something = (this->*step)(owner);
    lock.lock();
    if (!did_something) {
      changed_.wait_for(lock, options_.poll, [&] { return stopping_ || wakes_ != seen; });
    }
  }
}

void Scheduler::recover() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, options_.lease, [this] { return stopping_; })) {
    lock.unlock();
    // An empty node name: only leases that have run out, of whichever node.
    log_unless_ok(store_.recover("", options_.max_attempts, clock_.now()), "recover", 0);
    lock.lock();
  }
}

bool Scheduler::run_next_job(const std::string& owner) {
  const Time now = clock_.now();
  auto job = store_.claim_job({.owner = owner, .until = now + options_.lease}, now);
  if (!job) {
    spdlog::error("event=claim_failed what=job error=\"{}\"", job.error().message);
    return false;
  }
  if (!*job) return false;
  const Job& claimed = **job;
  spdlog::info("event=job_started job={} attempt={} series={} node={}", claimed.id, claimed.attempt,
               claimed.series.series.str(), claimed.series.node.shown());
  auto result = [&]() -> Result<SeriesResult> {
    auto route = route_of(routes_, claimed);
    if (!route) return std::move(route).error();
    LeaseKeeper::Held held(*leases_, claimed.id, owner);
    return run_job(
        claimed, store_, (*route)->tools, folders_, [&](double p) { held.report(p); },
        held.stop_token());
  }();
  finish_job(claimed, owner, std::move(result));
  return true;
}

void Scheduler::finish_job(const Job& job, const std::string& owner, Result<SeriesResult> result) {
  const Time now = clock_.now();
  if (result) {
    log_stages(job.id, result->log.stages, started_at_);
    for (const std::string& note : result->log.notes) {
      spdlog::info("event=note job={} note=\"{}\"", job.id, note);
    }
    record_result(job, owner, *std::move(result));
    return;
  }
  const Error& error = result.error();
  if (error.code == ErrorCode::kCancelled) {
    // Cancelled or superseded: the store has recorded that and refuses this. The node stops: the
    // job waits for its next start.
    const auto queued = store_.job_retry_later(job.id, owner, error, now, now);
    spdlog::info("event=job_stopped job={} queued_again={}", job.id, queued.has_value());
    return;
  }
  const auto retry_at = next_try(options_.retry, error.code, job.attempt, job.created_at, now);
  spdlog::log(retry_at ? spdlog::level::warn : spdlog::level::err,
              "event=job_failed job={} attempt={} code={} retry={} error=\"{}\"", job.id,
              job.attempt, to_string(error.code), retry_at.has_value(), error.message);
  log_unless_ok(retry_at ? store_.job_retry_later(job.id, owner, error, *retry_at, now)
                         : store_.job_failed(job.id, owner, error, now),
                "job_failed", job.id);
}

void Scheduler::record_result(const Job& job, const std::string& owner, SeriesResult result) {
  JobResult record{
      .packages = std::move(result.packages), .destinations = {}, .hold = std::move(result.hold)};
  std::size_t objects = 0;
  for (ResultPackage& package : record.packages) {
    for (ResultObject& object : package.objects) object.file = object.file.filename();
    objects += package.objects.size();
  }
  for (const Peer& peer : routes_.at(job.series.node).destinations) {
    record.destinations.push_back({peer.name, peer.profile});
  }
  const auto recorded = store_.job_encoded(job.id, owner, record, clock_.now());
  log_unless_ok(recorded, "job_encoded", job.id);
  if (!recorded) return;
  if (record.hold.empty()) {
    spdlog::info("event=job_encoded job={} objects={} destinations={}", job.id, objects,
                 record.destinations.size());
  } else {
    spdlog::warn(
        "event=job_held job={} objects={} destinations={} reason=\"{}\" remedy=\"look at "
        "it, then: hilum jobs release {} or hilum jobs cancel {}\"",
        job.id, objects, record.destinations.size(), record.hold, job.id, job.id);
  }
  wake();
}

bool Scheduler::run_next_delivery(const std::string& owner) {
  const Time now = clock_.now();
  auto delivery =
      store_.claim_delivery({.owner = owner, .until = now + options_.delivery_lease}, now);
  if (!delivery) {
    spdlog::error("event=claim_failed what=delivery error=\"{}\"", delivery.error().message);
    return false;
  }
  if (!*delivery) return false;
  JobLog log;
  bool to_commit = false;
  const Status sent = log.timed("send", [&]() -> Status {
    auto job = store_.job((*delivery)->job);
    if (!job) return std::move(job).error();
    auto way = way_of(routes_, *job, (*delivery)->destination);
    if (!way) return std::move(way).error();
    to_commit = commitments_ != nullptr && way->destination->commitment != CommitmentMode::kOff;
    return deliver(**delivery, *way->destination, way->route->sender);
  });
  log_stages((*delivery)->job, log.stages, started_at_);
  finish_delivery(**delivery, owner, sent, to_commit ? Then::kCommit : Then::kDone);
  return true;
}

bool Scheduler::run_next_request(const std::string& owner) {
  return commitments_ != nullptr && commitments_->run_next(owner);
}

bool Scheduler::run_next_of_delivery(const std::string& owner) {
  return run_next_delivery(owner) || run_next_request(owner);
}

Status Scheduler::deliver(const Delivery& delivery, const Peer& destination,
                          ResultSender& sender) const {
  if (delivery.files.empty()) {
    // Reports that came too late for an earlier try may leave nothing to send.
    if (delivery.confirmed > 0) return ok();
    return Error{ErrorCode::kInternal,
                 fmt::format("job {} has no result for profile '{}'; retry the job", delivery.job,
                             delivery.profile)};
  }
  std::vector<std::filesystem::path> files;
  for (const auto& file : delivery.files) files.push_back(folders_.results / file);
  return sender.send(destination, files);
}

void Scheduler::finish_delivery(const Delivery& delivery, const std::string& owner,
                                const Status& sent, Then then) {
  const Time now = clock_.now();
  if (sent && then == Then::kCommit) {
    spdlog::info("event=stored job={} delivery={} destination={} attempt={}", delivery.job,
                 delivery.id, delivery.destination, delivery.attempt);
    log_unless_ok(store_.delivery_stored(delivery.id, owner, now), "delivery_stored", delivery.id);
    return;
  }
  if (sent) {
    spdlog::info("event=delivered job={} delivery={} destination={} attempt={}", delivery.job,
                 delivery.id, delivery.destination, delivery.attempt);
    log_unless_ok(store_.delivery_done(delivery.id, owner, now), "delivery_done", delivery.id);
    return;
  }
  const Error& error = sent.error();
  const auto retry_at =
      next_try(options_.retry, error.code, delivery.attempt, delivery.created_at, now);
  spdlog::log(retry_at ? spdlog::level::warn : spdlog::level::err,
              "event=delivery_failed job={} delivery={} destination={} attempt={} code={} retry={} "
              "error=\"{}\"",
              delivery.job, delivery.id, delivery.destination, delivery.attempt,
              to_string(error.code), retry_at.has_value(), error.message);
  log_unless_ok(retry_at ? store_.delivery_retry_later(delivery.id, owner, error, *retry_at, now)
                         : store_.delivery_failed(delivery.id, owner, error, now),
                "delivery_failed", delivery.id);
}

}  // namespace hilum::pipeline
