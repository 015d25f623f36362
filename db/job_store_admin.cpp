#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "db/job_store.h"
#include "db/rows.h"

/// What administrators see and do.
namespace hilum::db {

Result<std::vector<Job>> SqliteJobStore::jobs(std::optional<JobState> state, int limit) {
  const std::lock_guard lock(mutex_);
  static const std::string kSelect =
      fmt::format("SELECT {} FROM jobs j JOIN series s ON s.id = j.series_id", kJobColumns);
  static const std::string kAll = kSelect + " ORDER BY j.id DESC LIMIT ?";
  static const std::string kInState = kSelect + " WHERE j.state = ? ORDER BY j.id DESC LIMIT ?";
  auto query = db_->use(state ? kInState : kAll);
  if (state) query.bind(to_string(*state));
  query.bind(std::max(limit, 0));  // SQLite takes a negative limit for none
  return query.all(job_from);
}

Result<Job> SqliteJobStore::job(JobId id) {
  const std::lock_guard lock(mutex_);
  return find_job(id);
}

Result<std::vector<ResultPackage>> SqliteJobStore::results_of(JobId id) {
  const std::lock_guard lock(mutex_);
  static const std::string kSql = fmt::format(
      "SELECT {}, profile FROM result_objects WHERE job_id = ? ORDER BY profile, position",
      kObjectColumns);
  std::vector<ResultPackage> packages;
  auto read = db_->use(kSql).bind(id).all([&](const auto& row) -> Result<int> {
    auto object = object_from(row);
    if (!object) return std::move(object).error();
    std::string profile = row.text(4);
    if (packages.empty() || packages.back().profile != profile) {
      packages.push_back({std::move(profile), {}});
    }
    packages.back().objects.push_back(std::move(*object));
    return 0;
  });
  if (!read) return std::move(read).error();
  return packages;
}

Result<bool> SqliteJobStore::has_result(JobId id) {
  return db_->use("SELECT 1 FROM result_objects WHERE job_id = ? LIMIT 1").bind(id).step();
}

Result<std::vector<Delivery>> SqliteJobStore::deliveries_of(JobId id) {
  const std::lock_guard lock(mutex_);
  static const std::string kSql =
      fmt::format("SELECT {} FROM deliveries d WHERE d.job_id = ? ORDER BY d.id", kDeliveryColumns);
  auto deliveries = db_->use(kSql).bind(id).all(delivery_from);
  if (!deliveries) return deliveries;
  for (Delivery& delivery : *deliveries) {
    if (auto added = add_files(delivery); !added) return std::move(added).error();
  }
  return deliveries;
}

Result<std::vector<JobEvent>> SqliteJobStore::events_of(JobId id) {
  const std::lock_guard lock(mutex_);
  return db_
      ->use(
          "SELECT at, from_state, to_state, reason FROM job_events WHERE job_id = ?"
          " ORDER BY id")
      .bind(id)
      .all([](const auto& row) -> Result<JobEvent> {
        JobEvent event{.at = row.time(0), .from = std::nullopt, .reason = row.text(3)};
        if (!row.is_null(1)) {
          auto from = job_state_from(row.text(1));
          if (!from) return std::move(from).error();
          event.from = *from;
        }
        auto to = job_state_from(row.text(2));
        if (!to) return std::move(to).error();
        event.to = *to;
        return event;
      });
}

Status SqliteJobStore::retry_job(JobId id, Time now) {
  return write(Durability::kNow, [&]() -> Status {
    auto job = find_job(id);
    if (!job) return std::move(job).error();
    if (job->state != JobState::kFailed && job->state != JobState::kCancelled) {
      return Error{ErrorCode::kConflict,
                   fmt::format("job {} is {}; only a failed or cancelled job can be retried", id,
                               to_string(job->state))};
    }
    if (auto current = check_can_run(*job); !current) return current;
    auto result = has_result(id);
    if (!result) return std::move(result).error();
    if (job->state == JobState::kFailed && *result && !job->files_freed_at) {
      auto sending = deliver_again(*job, now);
      if (!sending) return std::move(sending).error();
      if (*sending == Again::kYes) return ok();
    }
    return requeue(*job, now);
  });
}

/// An older result must not follow a newer one into the PACS, and a worker would refuse the job.
Status SqliteJobStore::check_can_run(const Job& job) {
  auto instances = read_instances(job.series);
  if (!instances) return std::move(instances).error();
  const auto freed =
      std::ranges::count_if(*instances, [](const auto& i) { return i.file.empty(); });
  if (freed > 0) {
    return Error{
        ErrorCode::kConflict,
        fmt::format("of job {} the files of {} instances were freed, as [storage] keep_... "
                    "says; have series {} sent again, then retry",
                    job.id, freed, job.series.series.str())};
  }
  if (instances_digest(std::move(*instances)) == job.instances_digest) return ok();
  return Error{ErrorCode::kConflict,
               fmt::format("job {} was made for an earlier state of series {}; retry the series' "
                           "newest job, or wait until the series is complete",
                           job.id, job.series.series.str())};
}

Result<SqliteJobStore::Again> SqliteJobStore::deliver_again(const Job& job, Time now) {
  auto failed = db_->use("SELECT id FROM deliveries WHERE job_id = ? AND state = 'failed'")
                    .bind(job.id)
                    .all([](const auto& row) -> Result<DeliveryId> { return row.integer(0); });
  if (!failed) return std::move(failed).error();
  if (failed->empty()) return Again::kNo;
  for (const DeliveryId delivery : *failed) {
    auto moved = move_delivery({.id = delivery,
                                .from = DeliveryState::kFailed,
                                .to = DeliveryState::kWaiting,
                                .reason = "retried by an administrator",
                                .now = now});
    if (!moved) return std::move(moved).error();
    auto anew = db_->use(
                       "UPDATE deliveries SET attempt = 0, created_at = ?, last_request = NULL,"
                       " unanswered = 0, refused = 0 WHERE id = ?")
                    .bind(now)
                    .bind(delivery)
                    .run();
    if (!anew) return std::move(anew).error();
  }
  auto moved = move_job({.id = job.id,
                         .from = JobState::kFailed,
                         .to = JobState::kEncoded,
                         .reason = "retried by an administrator: delivering again",
                         .now = now});
  if (!moved) return std::move(moved).error();
  return Again::kYes;
}

Status SqliteJobStore::requeue(const Job& job, Time now) {
  auto moved = move_job({.id = job.id,
                         .from = job.state,
                         .to = JobState::kQueued,
                         .reason = "retried by an administrator",
                         .now = now});
  if (!moved) return moved;
  // A former result is not that of the run to come; the model may be another one by now.
  auto anew = db_->use(
                     "UPDATE jobs SET attempt = 0, starts_without_end = 0, created_at = ?,"
                     " files_freed_at = NULL WHERE id = ?")
                  .bind(now)
                  .bind(job.id)
                  .run();
  if (!anew) return std::move(anew).error();
  return store_result(job.id, {});
}

Status SqliteJobStore::release_job(JobId id, Time now) {
  return write(Durability::kNow, [&]() -> Status {
    auto job = find_job(id);
    if (!job) return std::move(job).error();
    if (job->state != JobState::kHeld) {
      return Error{
          ErrorCode::kConflict,
          fmt::format("job {} is {}; only a held job can be released", id, to_string(job->state))};
    }
    auto moved = move_job({.id = id,
                           .from = JobState::kHeld,
                           .to = JobState::kEncoded,
                           .reason = "released by an administrator",
                           .now = now});
    return moved ? settle(id, now) : moved;
  });
}

Status SqliteJobStore::cancel_job(JobId id, Time now) {
  return write(Durability::kNow, [&]() -> Status {
    auto job = find_job(id);
    if (!job) return std::move(job).error();
    if (!can_transition(job->state, JobState::kCancelled)) {
      return Error{ErrorCode::kConflict, fmt::format("job {} is {}; there is nothing to cancel", id,
                                                     to_string(job->state))};
    }
    return cancel(id, job->state, "cancelled by an administrator", now);
  });
}

}  // namespace hilum::db
