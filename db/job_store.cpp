#include "db/job_store.h"

#include <fmt/format.h>

#include <cassert>
#include <utility>

#include "db/migrate.h"
#include "db/rows.h"

namespace hilum::db {
namespace {

/// In these states people want to know why the job is in it.
bool needs_message(JobState state) {
  return state == JobState::kQueued || state == JobState::kHeld || state == JobState::kFailed ||
         state == JobState::kCancelled;
}

}  // namespace

Result<std::unique_ptr<SqliteJobStore>> SqliteJobStore::open(const std::filesystem::path& file) {
  auto connection = Connection::open(file);
  if (!connection) return std::move(connection).error();
  if (auto migrated = migrate(**connection); !migrated) return std::move(migrated).error();
  return std::make_unique<SqliteJobStore>(std::move(*connection));
}

Status SqliteJobStore::move_job(const JobMove& move) {
  assert(can_transition(move.from, move.to));
  auto changed = update(
      "UPDATE jobs SET state = ?1, updated_at = ?2, message = ?3, not_before = ?4,"
      " lease_owner = ?5, lease_until = ?6,"
      " attempt = attempt + (?1 = 'running'),"
      " starts_without_end = starts_without_end + (?1 = 'running'),"
      " progress = CASE ?1 WHEN 'encoded' THEN 1.0 WHEN 'held' THEN 1.0 WHEN 'running' THEN 0.0"
      "  WHEN 'queued' THEN 0.0 ELSE progress END"
      " WHERE id = ?7 AND state = ?8 AND (?9 IS NULL OR lease_owner = ?9)",
      move, needs_message(move.to) ? std::string_view(move.reason) : std::string_view());
  if (!changed) return std::move(changed).error().in(fmt::format("change job {}", move.id));
  if (*changed == 0) {
    if (auto found = find_job(move.id); !found) return std::move(found).error();
    return Error{ErrorCode::kConflict,
                 fmt::format("job {} cannot become {}: it is not {} any more, or another worker "
                             "has taken it",
                             move.id, to_string(move.to), to_string(move.from))};
  }
  return record_event(move.id, move.from, move.to, move.reason, move.now);
}

Status SqliteJobStore::record_event(JobId id, std::optional<JobState> from, JobState to,
                                    std::string_view reason, Time now) {
  auto written = db_->use(
                        "INSERT INTO job_events (job_id, at, from_state, to_state, reason)"
                        " VALUES (?, ?, ?, ?, ?)")
                     .bind(id)
                     .bind(now)
                     .bind(from ? std::optional(to_string(*from)) : std::nullopt)
                     .bind(to_string(to))
                     .bind(reason)
                     .run();
  if (!written) return std::move(written).error();
  return ok();
}

Result<Job> SqliteJobStore::find_job(JobId id) {
  static const std::string kSql = fmt::format(
      "SELECT {} FROM jobs j JOIN series s ON s.id = j.series_id WHERE j.id = ?", kJobColumns);
  auto query = db_->use(kSql);
  auto row = query.bind(id).step();
  if (!row) return std::move(row).error();
  if (!*row) return Error{ErrorCode::kNotFound, fmt::format("there is no job {}", id)};
  return job_from(query);
}

Status SqliteJobStore::cancel(JobId id, JobState from, const std::string& reason, Time now) {
  if (auto moved = move_job(
          {.id = id, .from = from, .to = JobState::kCancelled, .reason = reason, .now = now});
      !moved) {
    return moved;
  }
  auto resting =
      db_->use(
             "SELECT id, state FROM deliveries WHERE job_id = ? AND state IN ('waiting', 'stored')")
          .bind(id)
          .all([](const auto& row) -> Result<std::pair<DeliveryId, DeliveryState>> {
            auto resting_in = delivery_state_from(row.text(1));
            if (!resting_in) return std::move(resting_in).error();
            return std::pair{row.integer(0), *resting_in};
          });
  if (!resting) return std::move(resting).error();
  for (const auto& [delivery, resting_in] : *resting) {
    const bool stored = resting_in == DeliveryState::kStored;
    if (auto moved = move_delivery(
            {.id = delivery,
             .from = resting_in,
             .to = DeliveryState::kCancelled,
             .reason = stored ? reason + "; it was stored there, and is not confirmed" : reason,
             .now = now});
        !moved) {
      return moved;
    }
  }
  return ok();
}

}  // namespace hilum::db
