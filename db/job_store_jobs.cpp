#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "db/job_store.h"
#include "db/rows.h"

/// What the workers do with jobs, from the claim to the result file.
namespace hilum::db {

Result<std::optional<Job>> SqliteJobStore::claim_job(const Lease& lease, Time now) {
  using MaybeJob = std::optional<Job>;
  return write(Durability::kNow, [&]() -> Result<MaybeJob> {
    JobId id = 0;
    {
      auto query = db_->use(
          "SELECT j.id FROM jobs j JOIN series s ON s.id = j.series_id"
          " WHERE j.state = 'queued' AND s.open = 0"
          " AND (j.not_before IS NULL OR j.not_before <= ?)"
          " ORDER BY j.id LIMIT 1");
      auto row = query.bind(now).step();
      if (!row) return std::move(row).error();
      if (!*row) return MaybeJob();
      id = query.integer(0);
    }
    auto moved = move_job({.id = id,
                           .from = JobState::kQueued,
                           .to = JobState::kRunning,
                           .reason = fmt::format("claimed by {}", lease.owner),
                           .now = now,
                           .lease = lease});
    if (!moved) return std::move(moved).error();
    auto job = find_job(id);
    if (!job) return std::move(job).error();
    return MaybeJob(std::move(*job));
  });
}

Result<HeartbeatAnswer> SqliteJobStore::heartbeat(JobId id, const Lease& lease, double progress) {
  return write(Durability::kSoon, [&]() -> Result<HeartbeatAnswer> {
    // Written so that a progress that is not a number becomes 0.
    const double shown = progress > 0 ? std::min(progress, 1.0) : 0.0;
    auto kept = db_->use(
                       "UPDATE jobs SET lease_until = ?, progress = ?"
                       " WHERE id = ? AND state = 'running' AND lease_owner = ?")
                    .bind(lease.until)
                    .bind(shown)
                    .bind(id)
                    .bind(lease.owner)
                    .run();
    if (!kept) return std::move(kept).error();
    return *kept == 1 ? HeartbeatAnswer::kGoOn : HeartbeatAnswer::kStop;
  });
}

Status SqliteJobStore::job_encoded(JobId id, const std::string& owner, const JobResult& result,
                                   Time now) {
  const bool held = !result.hold.empty();
  return write(Durability::kNow, [&]() -> Status {
    // If the lease is lost, all of this is rolled back.
    auto moved = move_job({.id = id,
                           .from = JobState::kRunning,
                           .to = held ? JobState::kHeld : JobState::kEncoded,
                           .reason = held ? result.hold : "the result is durable",
                           .now = now,
                           .held_by = owner});
    if (!moved) return moved;
    if (auto stored = store_result(id, result.packages); !stored) return stored;
    if (auto queued = queue_deliveries(id, result, now); !queued) return queued;
    return held ? ok() : settle(id, now);
  });
}

/// Replaces what an earlier run of the job resulted in.
Status SqliteJobStore::store_result(JobId id, const std::vector<ResultPackage>& packages) {
  auto gone = db_->use("DELETE FROM result_objects WHERE job_id = ?").bind(id).run();
  if (!gone) return std::move(gone).error();
  for (const ResultPackage& package : packages) {
    std::int64_t position = 0;
    for (const ResultObject& object : package.objects) {
      auto stored = db_->use(
                           "INSERT INTO result_objects"
                           " (job_id, profile, position, kind, series, sop, file)"
                           " VALUES (?, ?, ?, ?, ?, ?, ?)")
                        .bind(id)
                        .bind(package.profile)
                        .bind(position++)
                        .bind(to_string(object.kind))
                        .bind(object.series.str())
                        .bind(object.sop.str())
                        .bind(object.file)
                        .run();
      if (!stored) return std::move(stored).error();
    }
  }
  return ok();
}

Status SqliteJobStore::job_retry_later(JobId id, const std::string& owner, const Error& why,
                                       Time not_before, Time now) {
  return write(Durability::kNow, [&]() -> Status {
    auto moved = move_job({.id = id,
                           .from = JobState::kRunning,
                           .to = JobState::kQueued,
                           .reason = why.message,
                           .now = now,
                           .held_by = owner,
                           .not_before = not_before});
    if (!moved) return moved;
    auto counted = db_->use("UPDATE jobs SET starts_without_end = 0 WHERE id = ?").bind(id).run();
    if (!counted) return std::move(counted).error();
    return ok();
  });
}

Status SqliteJobStore::job_failed(JobId id, const std::string& owner, const Error& why, Time now) {
  return write(Durability::kNow, [&] {
    return move_job({.id = id,
                     .from = JobState::kRunning,
                     .to = JobState::kFailed,
                     .reason = why.message,
                     .now = now,
                     .held_by = owner});
  });
}

}  // namespace hilum::db
