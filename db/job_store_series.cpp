#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "db/job_store.h"
#include "db/rows.h"

/// Instances and series: what has arrived, and what became of it.
namespace hilum::db {

Result<std::vector<SeriesKey>> SqliteJobStore::add_instances(
    std::span<const ReceivedInstance> instances) {
  using Keys = std::vector<SeriesKey>;
  return write(Durability::kSoon, [&]() -> Result<Keys> {
    std::set<SeriesKey> grown;
    for (const ReceivedInstance& instance : instances) {
      auto recorded = add_instance(instance);
      if (!recorded) return std::move(recorded).error();
      if (*recorded == Recorded::kNew) grown.insert(instance.series);
    }
    return Keys(grown.begin(), grown.end());
  });
}

Result<SqliteJobStore::Recorded> SqliteJobStore::add_instance(const ReceivedInstance& instance) {
  std::int64_t series = 0;
  {
    auto query = db_->use(
        "SELECT s.id, i.file FROM instances i JOIN series s ON s.id = i.series_id"
        " WHERE s.study = ? AND s.series = ? AND s.node = ? AND i.sop = ?");
    auto known = query.bind(instance.series.study.str())
                     .bind(instance.series.series.str())
                     .bind(instance.series.node.name())
                     .bind(instance.sop.str())
                     .step();
    if (!known) return std::move(known).error();
    if (*known && !query.text(1).empty()) return Recorded::kNothingNew;
    if (*known) series = query.integer(0);
  }
  return series == 0 ? insert_instance(instance) : bring_back(series, instance);
}

Result<SqliteJobStore::Recorded> SqliteJobStore::insert_instance(const ReceivedInstance& instance) {
  auto series = open_series_row(instance);
  if (!series) return std::move(series).error();
  // An instance that was freed and comes again with other content takes the place of the former.
  auto added = db_->use("INSERT OR REPLACE INTO instances VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                   .bind(*series)
                   .bind(instance.sop.str())
                   .bind(instance.sop_class.str())
                   .bind(instance.transfer_syntax.str())
                   .bind(instance.calling_ae)
                   .bind(instance.file)
                   .bind(static_cast<std::int64_t>(instance.size_bytes))
                   .bind(instance.sha256)
                   .bind(instance.received_at)
                   .bind(instance.expected_in_series)
                   .run();
  if (!added) return std::move(added).error();
  return Recorded::kNew;
}

/// An instance of `series` whose bytes were freed has come again.
Result<SqliteJobStore::Recorded> SqliteJobStore::bring_back(std::int64_t series,
                                                            const ReceivedInstance& instance) {
  auto same =
      db_->use(
             "UPDATE instances SET file = ?, received_at = ? WHERE series_id = ? AND sop = ?"
             " AND sha256 = ? AND transfer_syntax = ?")
          .bind(instance.file)
          .bind(instance.received_at)
          .bind(series)
          .bind(instance.sop.str())
          .bind(instance.sha256)
          .bind(instance.transfer_syntax.str())
          .run();
  if (!same) return std::move(same).error();
  if (*same == 0) return insert_instance(instance);
  // A series that waits, or that was not segmented, perhaps because some of it had been freed, is
  // decided about with this instance. One with a job has had its result.
  auto waits = db_->use(
                      "UPDATE series SET open = 1, not_segmented = '',"
                      " open_since = CASE open WHEN 1 THEN open_since ELSE ?2 END"
                      " WHERE id = ?1 AND (open = 1 OR not_segmented <> '')")
                   .bind(series)
                   .bind(instance.received_at)
                   .run();
  if (!waits) return std::move(waits).error();
  auto here = db_->use(
                     "UPDATE series SET files_freed_at = NULL,"
                     " last_received_at = max(last_received_at, ?2) WHERE id = ?1")
                  .bind(series)
                  .bind(instance.received_at)
                  .run();
  if (!here) return std::move(here).error();
  return *waits == 1 ? Recorded::kNew : Recorded::kNothingNew;
}

/// The row of the series that `instance` extends, made if need be, and open from now on.
Result<std::int64_t> SqliteJobStore::open_series_row(const ReceivedInstance& instance) {
  auto query = db_->use(
      "INSERT INTO series (study, series, node, open, open_since, last_received_at)"
      " VALUES (?1, ?2, ?3, 1, ?4, ?4) ON CONFLICT (study, series, node) DO UPDATE SET"
      " open_since = CASE open WHEN 1 THEN min(open_since, ?4) ELSE ?4 END,"
      " last_received_at = max(last_received_at, ?4), open = 1, not_segmented = '',"
      " files_freed_at = NULL"
      " RETURNING id");
  auto row = query.bind(instance.series.study.str())
                 .bind(instance.series.series.str())
                 .bind(instance.series.node.name())
                 .bind(instance.received_at)
                 .step();
  if (!row) return std::move(row).error();
  return query.integer(0);
}

Result<std::vector<ReceivedInstance>> SqliteJobStore::instances_of(const SeriesKey& key) {
  const std::lock_guard lock(mutex_);
  return read_instances(key);
}

Result<std::vector<ReceivedInstance>> SqliteJobStore::read_instances(const SeriesKey& key) {
  static const std::string kSql = fmt::format(
      "SELECT {} FROM instances i JOIN series s ON s.id = i.series_id"
      " WHERE s.study = ? AND s.series = ? AND s.node = ? ORDER BY i.sop",
      kInstanceColumns);
  return db_->use(kSql)
      .bind(key.study.str())
      .bind(key.series.str())
      .bind(key.node.name())
      .all([&](const auto& row) { return instance_from(row, key); });
}

Result<bool> SqliteJobStore::knows_instance(const SeriesKey& key, const SopInstanceUid& sop) {
  const std::lock_guard lock(mutex_);
  return db_
      ->use(
          "SELECT 1 FROM instances i JOIN series s ON s.id = i.series_id"
          " WHERE s.study = ? AND s.series = ? AND s.node = ? AND i.sop = ? AND i.file <> ''"
          " LIMIT 1")
      .bind(key.study.str())
      .bind(key.series.str())
      .bind(key.node.name())
      .bind(sop.str())
      .step();
}

Result<std::vector<OpenSeries>> SqliteJobStore::open_series() {
  const std::lock_guard lock(mutex_);
  static const std::string kSql = fmt::format(
      "SELECT {}, count(*), s.open_since, s.last_received_at, max(i.expected_in_series)"
      " FROM series s JOIN instances i ON i.series_id = s.id WHERE s.open = 1"
      " GROUP BY s.id ORDER BY s.id",
      kKeyColumns);
  return db_->use(kSql).all([](const auto& row) -> Result<OpenSeries> {
    auto key = key_from(row, 0);
    if (!key) return std::move(key).error();
    return OpenSeries{.key = std::move(*key),
                      .instances = static_cast<int>(row.integer(3)),
                      .first_received_at = row.time(4),
                      .last_received_at = row.time(5),
                      .expected = row.maybe_int(6)};
  });
}

Status SqliteJobStore::series_waits(const SeriesKey& key, const SeriesWait& wait) {
  return write(Durability::kSoon, [&]() -> Status {
    auto noted = db_->use(
                        "UPDATE series SET waits_for = ?, waits_until = ?"
                        " WHERE study = ? AND series = ? AND node = ? AND open = 1")
                     .bind(wait.what)
                     .bind(wait.until)
                     .bind(key.study.str())
                     .bind(key.series.str())
                     .bind(key.node.name())
                     .run();
    if (!noted) return std::move(noted).error();
    return ok();
  });
}

Result<std::vector<SeriesSummary>> SqliteJobStore::series(int limit) {
  const std::lock_guard lock(mutex_);
  static const std::string kSql = fmt::format(
      "SELECT {}, (SELECT count(*) FROM instances i WHERE i.series_id = s.id),"
      " s.last_received_at, s.open, s.not_segmented, s.waits_for, s.waits_until,"
      " s.files_freed_at"
      " FROM series s ORDER BY s.last_received_at DESC, s.id DESC LIMIT ?",
      kKeyColumns);
  auto query = db_->use(kSql);
  query.bind(std::max(limit, 0));  // SQLite takes a negative limit for none
  return query.all([](const auto& row) -> Result<SeriesSummary> {
    auto key = key_from(row, 0);
    if (!key) return std::move(key).error();
    SeriesSummary summary{.key = std::move(*key),
                          .instances = static_cast<int>(row.integer(3)),
                          .last_received_at = row.time(4),
                          .open = row.integer(5) != 0,
                          .not_segmented = row.text(6),
                          .files_freed_at = row.maybe_time(9)};
    if (const auto until = row.maybe_time(8)) summary.wait = SeriesWait{row.text(7), *until};
    return summary;
  });
}

}  // namespace hilum::db
