#include <fmt/format.h>

#include <utility>

#include "db/job_store.h"
#include "db/rows.h"

/// The end of a series: a job, or the reason why there is none.
namespace hilum::db {

Result<std::optional<JobId>> SqliteJobStore::close_series(const SeriesKey& key,
                                                          const std::string& instances_digest,
                                                          const SeriesDecision& decision,
                                                          Time now) {
  using MaybeJob = std::optional<JobId>;
  return write(Durability::kNow, [&]() -> Result<MaybeJob> {
    auto instances = read_instances(key);
    if (!instances) return std::move(instances).error();
    const std::size_t count = instances->size();
    if (count == 0) {
      return Error{ErrorCode::kNotFound, fmt::format("there is no series {} in study {}",
                                                     key.series.str(), key.study.str())};
    }
    if (hilum::instances_digest(std::move(*instances)) != instances_digest) {
      return Error{ErrorCode::kConflict,
                   fmt::format("series {} has received other instances since it was looked at",
                               key.series.str())};
    }
    const auto* refused = std::get_if<NotSegmented>(&decision);
    auto series = close_row(key, refused == nullptr ? std::string() : refused->reason);
    if (!series) return std::move(series).error();
    if (refused != nullptr) {
      auto cancelled = cancel_unfinished(
          *series, std::nullopt, "superseded: the series has changed and is not segmented", now);
      if (!cancelled) return std::move(cancelled).error();
      return MaybeJob();
    }
    return make_job(*series, instances_digest, count, std::get<ToSegment>(decision).note, now);
  });
}

Result<std::int64_t> SqliteJobStore::close_row(const SeriesKey& key,
                                               const std::string& not_segmented) {
  auto query = db_->use(
      "UPDATE series SET open = 0, not_segmented = ?, waits_for = '', waits_until = NULL"
      " WHERE study = ? AND series = ? AND node = ? RETURNING id");
  auto row = query.bind(not_segmented)
                 .bind(key.study.str())
                 .bind(key.series.str())
                 .bind(key.node.name())
                 .step();
  if (!row) return std::move(row).error();
  return query.integer(0);
}

/// The new job, or nothing if these instances have had one.
Result<std::optional<JobId>> SqliteJobStore::make_job(std::int64_t series,
                                                      const std::string& digest,
                                                      std::size_t instances,
                                                      const std::string& note, Time now) {
  auto inserted = db_->use(
                         "INSERT INTO jobs (series_id, instances_digest, state, created_at,"
                         " updated_at, note) VALUES (?1, ?2, 'queued', ?3, ?3, ?4)"
                         " ON CONFLICT (series_id, instances_digest) DO NOTHING")
                      .bind(series)
                      .bind(digest)
                      .bind(now)
                      .bind(note)
                      .run();
  if (!inserted) return std::move(inserted).error();
  auto id = job_for(series, digest);
  if (!id) return std::move(id).error();
  if (auto cancelled =
          cancel_unfinished(series, *id, fmt::format("superseded by job {}", *id), now);
      !cancelled) {
    return std::move(cancelled).error();
  }
  if (*inserted == 0) return std::optional<JobId>();
  auto recorded =
      record_event(*id, std::nullopt, JobState::kQueued,
                   note.empty() ? fmt::format("the series is complete, instances: {}", instances)
                                : fmt::format("instances: {}; {}", instances, note),
                   now);
  if (!recorded) return std::move(recorded).error();
  return std::optional<JobId>(*id);
}

Result<JobId> SqliteJobStore::job_for(std::int64_t series, const std::string& digest) {
  auto query = db_->use("SELECT id FROM jobs WHERE series_id = ? AND instances_digest = ?");
  auto row = query.bind(series).bind(digest).step();
  if (!row) return std::move(row).error();
  return query.integer(0);
}

Status SqliteJobStore::cancel_unfinished(std::int64_t series, std::optional<JobId> except,
                                         const std::string& reason, Time now) {
  struct Unfinished {
    JobId id;
    JobState state;
  };
  auto unfinished = db_->use(
                           "SELECT id, state FROM jobs WHERE series_id = ?"
                           " AND state IN ('queued', 'running', 'held', 'encoded') AND id IS NOT ?")
                        .bind(series)
                        .bind(except)
                        .all([](const auto& row) -> Result<Unfinished> {
                          auto state = job_state_from(row.text(1));
                          if (!state) return std::move(state).error();
                          return Unfinished{row.integer(0), *state};
                        });
  if (!unfinished) return std::move(unfinished).error();
  for (const auto& [id, state] : *unfinished) {
    if (auto done = cancel(id, state, reason, now); !done) return done;
  }
  return ok();
}

}  // namespace hilum::db
