#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "db/job_store.h"
#include "db/rows.h"

/// Which files are not needed any more.
namespace hilum::db {
namespace {

/// The time of the last thing that happened to a series `s`.
constexpr std::string_view kAtRestSince =
    "max(s.last_received_at,"
    " (SELECT coalesce(max(j.updated_at), 0) FROM jobs j WHERE j.series_id = s.id))";

/// Series `s` that have files and are beyond their limit: ?1 of those that were not segmented, ?2
/// of delivered ones, ?3 of the others. NULL is never passed. The newest job is the one for what
/// the series holds now.
std::string beyond_limit() {
  return fmt::format(
      "s.open = 0 AND s.files_freed_at IS NULL"
      " AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.series_id = s.id"
      "  AND (j.state IN ('queued', 'running', 'held', 'encoded') OR EXISTS (SELECT 1 FROM "
      "deliveries d"
      "   WHERE d.job_id = j.id AND d.state IN ('waiting', 'sending', 'stored'))))"
      " AND {} < CASE WHEN s.not_segmented <> '' THEN ?1"
      "  WHEN (SELECT j.state = 'delivered' AND EXISTS (SELECT 1 FROM deliveries d"
      "    WHERE d.job_id = j.id AND d.state = 'delivered')"
      "   FROM jobs j WHERE j.series_id = s.id ORDER BY j.id DESC LIMIT 1) THEN ?2"
      "  ELSE ?3 END",
      kAtRestSince);
}

Statement::Use& bind(Statement::Use& query, const RetentionLimits& limits) {
  return query.bind(limits.not_segmented_before)
      .bind(limits.delivered_before)
      .bind(limits.undelivered_before);
}

}  // namespace

Result<std::vector<SeriesKey>> SqliteJobStore::series_to_free(const RetentionLimits& limits,
                                                              int limit) {
  const std::lock_guard lock(mutex_);
  static const std::string kSql =
      fmt::format("SELECT {} FROM series s WHERE {} ORDER BY {}, s.id LIMIT ?4", kKeyColumns,
                  beyond_limit(), kAtRestSince);
  auto query = db_->use(kSql);
  return bind(query, limits).bind(std::max(limit, 0)).all([](const auto& row) {
    return key_from(row, 0);
  });
}

Result<std::optional<FreedSeries>> SqliteJobStore::free_series(const SeriesKey& key,
                                                               const RetentionLimits& limits,
                                                               Time now) {
  using MaybeFreed = std::optional<FreedSeries>;
  // Durable before the first file goes: after a loss of power no row may claim a file that is gone.
  return write(Durability::kNow, [&]() -> Result<MaybeFreed> {
    static const std::string kSql = fmt::format(
        "SELECT s.id FROM series s WHERE {} AND s.study = ?4 AND s.series = ?5 AND s.node = ?6",
        beyond_limit());
    std::int64_t series = 0;
    {
      auto query = db_->use(kSql);
      auto row = bind(query, limits)
                     .bind(key.study.str())
                     .bind(key.series.str())
                     .bind(key.node.name())
                     .step();
      if (!row) return std::move(row).error();
      if (!*row) return MaybeFreed();
      series = query.integer(0);
    }
    auto results =
        db_->use(
               "SELECT DISTINCT o.file FROM result_objects o JOIN jobs j ON j.id = o.job_id"
               " WHERE j.series_id = ?")
            .bind(series)
            .all([](const auto& row) -> Result<std::filesystem::path> {
              return std::filesystem::path(row.text(0));
            });
    if (!results) return std::move(results).error();
    auto instances = mark_freed(series, now);
    if (!instances) return std::move(instances).error();
    return MaybeFreed(FreedSeries{.instances = *instances, .results = std::move(*results)});
  });
}

Result<int> SqliteJobStore::mark_freed(std::int64_t series, Time now) {
  auto instances = db_->use("UPDATE instances SET file = '' WHERE series_id = ? AND file <> ''")
                       .bind(series)
                       .run();
  if (!instances) return instances;
  for (const char* sql :
       {"UPDATE series SET files_freed_at = ?1 WHERE id = ?2",
        "INSERT INTO job_events (job_id, at, from_state, to_state, reason)"
        " SELECT id, ?1, state, state, 'its files were freed, as [storage] keep_... says' FROM jobs"
        " WHERE series_id = ?2 AND files_freed_at IS NULL",
        "UPDATE jobs SET files_freed_at = ?1 WHERE series_id = ?2"}) {
    if (auto done = db_->use(sql).bind(now).bind(series).run(); !done) return done;
  }
  return instances;
}

Result<bool> SqliteJobStore::result_was_freed(const std::filesystem::path& file) {
  const std::lock_guard lock(mutex_);
  auto query = db_->use(
      "SELECT count(*) > 0 AND count(*) = count(j.files_freed_at) FROM result_objects o"
      " JOIN jobs j ON j.id = o.job_id WHERE o.file = ?");
  auto row = query.bind(file).step();
  if (!row) return std::move(row).error();
  return query.integer(0) != 0;
}

Result<int> SqliteJobStore::forget_series(Time freed_before, int limit) {
  return write(Durability::kSoon, [&] {
    return db_
        ->use(
            "DELETE FROM series WHERE id IN (SELECT id FROM series"
            " WHERE files_freed_at < ? AND open = 0 ORDER BY files_freed_at LIMIT ?)")
        .bind(freed_before)
        .bind(std::max(limit, 0))
        .run();
  });
}

}  // namespace hilum::db
