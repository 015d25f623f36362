#include "db/migrate.h"

#include <fmt/format.h>

namespace hilum::db {
namespace {

/// "HILM": marks the file as ours (SQLite's file format, 1.3.2.11), so that the database of another
/// program is refused instead of being given our tables.
constexpr std::int64_t kApplicationId = 0x48494C4D;

Result<std::int64_t> number(Connection& connection, std::string_view sql) {
  auto query = connection.use(sql);
  auto row = query.step();
  if (!row) return std::move(row).error();
  return *row ? query.integer(0) : 0;
}

/// A new database has no tables and no marks; any other one must carry ours.
Status check_ours(Connection& connection) {
  auto application = number(connection, "PRAGMA application_id");
  if (!application) return std::move(application).error();
  if (*application == kApplicationId) return ok();
  auto tables = number(connection, "SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::move(tables).error();
  if (*application == 0 && *tables == 0) return ok();
  return Error{ErrorCode::kUnsupported,
               fmt::format("database '{}' belongs to another program; choose another "
                           "storage.directory",
                           connection.file().string())};
}

/// Both answers under one lock: another process may be making the tables right now.
Result<std::int64_t> version_of_ours(Connection& connection) {
  auto transaction = Transaction::begin(connection, Durability::kNow);
  if (!transaction) return std::move(transaction).error();
  if (auto ours = check_ours(connection); !ours) return std::move(ours).error();
  return number(connection, "PRAGMA user_version");
}

Status apply(Connection& connection, const Migration& step) {
  auto transaction = Transaction::begin(connection, Durability::kNow);
  if (!transaction) return std::move(transaction).error();
  // Asked again with the write lock held: another process may have done this step meanwhile.
  auto version = number(connection, "PRAGMA user_version");
  if (!version) return std::move(version).error();
  if (*version >= step.version) return ok();
  const std::string sql = fmt::format("{}\nPRAGMA application_id = {};\nPRAGMA user_version = {};",
                                      step.sql, kApplicationId, step.version);
  if (auto done = connection.execute(sql); !done) return done;
  auto broken = number(connection, "SELECT count(*) FROM pragma_foreign_key_check");
  if (!broken) return std::move(broken).error();
  if (*broken > 0) {
    return Error{
        ErrorCode::kInternal,
        fmt::format("database '{}': {} rows would refer to rows that are not there; this is "
                    "a bug in hilum or a changed database; please report it",
                    connection.file().string(), *broken)};
  }
  return transaction->commit();
}

Status apply_missing(Connection& connection, std::int64_t version,
                     std::span<const Migration> steps) {
  for (const Migration& step : steps) {
    if (step.version <= version) continue;
    if (auto done = apply(connection, step); !done) {
      return std::move(done).error().in(fmt::format("bring to schema version {}", step.version));
    }
  }
  return ok();
}

}  // namespace

Status migrate(Connection& connection, std::span<const Migration> steps) {
  auto version = version_of_ours(connection);
  if (!version) return std::move(version).error();
  const int newest = steps.empty() ? 0 : steps.back().version;
  if (*version > newest) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("database '{}' has schema version {}, this program knows up to {}; "
                             "install the newer hilum again, or restore the copy made before it",
                             connection.file().string(), *version, newest)};
  }
  if (*version == newest) return ok();
  // A step that makes a table anew drops the old one, which would delete all rows that refer to it.
  // SQLite changes this setting outside of transactions only.
  if (auto off = connection.execute("PRAGMA foreign_keys = OFF"); !off) return off;
  auto applied = apply_missing(connection, *version, steps);
  auto on = connection.execute("PRAGMA foreign_keys = ON");
  return applied ? on : applied;
}

}  // namespace hilum::db
