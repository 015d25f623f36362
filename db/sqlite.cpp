#include "db/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cassert>
#include <chrono>
#include <thread>
#include <utility>

namespace hilum::db {
namespace {

ErrorCode code_of(int sqlite_code) {
  switch (sqlite_code & 0xff) {  // the primary code is in the low byte
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return ErrorCode::kNoSpace;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

std::string_view advice_on(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_FULL:
      return "free space on its disk";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process holds it; if this stays, end the process that keeps it open";
    case SQLITE_NOTADB:
      return "this file is not a database; check storage.directory, or move the file away";
    case SQLITE_CORRUPT:
      return "the file is damaged; stop hilum, check the disk, then restore a copy or move the "
             "file away: received instances are found again in the spool, jobs are not";
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return "its directory must exist and both must be writable for the user that runs hilum";
    case SQLITE_IOERR:
      return "check the disk and the system's log";
    default:
      return "this is a bug in hilum or a changed database; please report it";
  }
}

}  // namespace

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement::Use::Use(Connection& connection, Result<sqlite3_stmt*> statement)
    : connection_(connection) {
  if (!statement) {
    error_ = std::move(statement).error();
    return;
  }
  statement_ = *statement;
  assert(sqlite3_stmt_busy(statement_) == 0);
  sqlite3_reset(statement_);
}

Statement::Use::~Use() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);  // repeats the error of the last step, which is known already
  sqlite3_clear_bindings(statement_);
}

void Statement::Use::note(int code) {
  if (code != SQLITE_OK && !error_) error_ = connection_.error(code);
}

Statement::Use& Statement::Use::bind(std::int64_t value) {
  if (!error_) note(sqlite3_bind_int64(statement_, next_parameter_++, value));
  return *this;
}

Statement::Use& Statement::Use::bind(double value) {
  if (!error_) note(sqlite3_bind_double(statement_, next_parameter_++, value));
  return *this;
}

Statement::Use& Statement::Use::bind(std::string_view text) {
  // A null pointer would bind NULL, and that is what an empty view may hold.
  const char* data = text.data() == nullptr ? "" : text.data();
  if (!error_) {
    note(sqlite3_bind_text64(statement_, next_parameter_++, data, text.size(), SQLITE_TRANSIENT,
                             SQLITE_UTF8));
  }
  return *this;
}

Statement::Use& Statement::Use::bind(Time time) {
  return bind(std::int64_t{time.time_since_epoch().count()});
}

Statement::Use& Statement::Use::bind_null() {
  if (!error_) note(sqlite3_bind_null(statement_, next_parameter_++));
  return *this;
}

Result<bool> Statement::Use::step() {
  if (error_) return *error_;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  note(code);
  return *error_;
}

Result<int> Statement::Use::run() {
  while (true) {
    auto row = step();
    if (!row) return std::move(row).error();
    if (!*row) return sqlite3_changes(sqlite3_db_handle(statement_));
  }
}

std::int64_t Statement::Use::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Statement::Use::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string Statement::Use::text(int column) const {
  // The text has to be asked for before its length (SQLite's documentation of sqlite3_column_*).
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return text == nullptr ? std::string() : std::string(text, static_cast<std::size_t>(size));
}

Time Statement::Use::time(int column) const {
  return Time(std::chrono::milliseconds(integer(column)));
}

bool Statement::Use::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::optional<Time> Statement::Use::maybe_time(int column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

std::optional<int> Statement::Use::maybe_int(int column) const {
  if (is_null(column)) return std::nullopt;
  return static_cast<int>(integer(column));
}

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file) {
  std::unique_ptr<Connection> connection(new Connection(file));
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(file.c_str(), &connection->handle_, kFlags, nullptr);
  if (code != SQLITE_OK) return connection->error(code).in("open");
  sqlite3_extended_result_codes(connection->handle_, 1);
  sqlite3_busy_timeout(connection->handle_, static_cast<int>(kBusyTimeout.count()));
  if (auto set = connection->use_write_ahead_log(); !set) return std::move(set).error().in("open");
  if (auto set = connection->execute("PRAGMA foreign_keys = ON"); !set) {
    return std::move(set).error();
  }
  return connection;
}

Connection::~Connection() {
  statements_.clear();  // an open statement would keep the handle alive
  sqlite3_close(handle_);
}

Status Connection::use_write_ahead_log() {
  // The switch needs the file for itself, and SQLite does not apply the busy timeout to it: when
  // two processes open a new database together, one of them has to ask again.
  const auto deadline = std::chrono::steady_clock::now() + kBusyTimeout;
  while (true) {
    auto set = execute("PRAGMA journal_mode = WAL");
    if (set || set.error().code != ErrorCode::kUnavailable ||
        std::chrono::steady_clock::now() >= deadline) {
      return set;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Status Connection::set_durability(Durability durability) {
  if (durability_ == durability) return ok();
  // With a write-ahead log, FULL syncs the log at each commit and NORMAL only at checkpoints.
  auto set = execute(durability == Durability::kNow ? "PRAGMA synchronous = FULL"
                                                    : "PRAGMA synchronous = NORMAL");
  if (set) durability_ = durability;
  return set;
}

Status Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return ok();
}

Result<sqlite3_stmt*> Connection::prepared(std::string_view sql) {
  auto& slot = statements_[std::string(sql)];
  if (slot) return slot->statement_;
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return error(code);
  slot = std::make_unique<Statement>(statement);
  return statement;
}

Statement::Use Connection::use(std::string_view sql) { return {*this, prepared(sql)}; }

std::int64_t Connection::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }

Error Connection::error(int code) const {
  const char* what = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
  return {code_of(code),
          fmt::format("database '{}': {} ({})", file_.string(), what, advice_on(code))};
}

Result<Transaction> Transaction::begin(Connection& connection, Durability durability) {
  if (auto set = connection.set_durability(durability); !set) return std::move(set).error();
  if (auto begun = connection.execute("BEGIN IMMEDIATE"); !begun) return std::move(begun).error();
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  if (connection_ == nullptr) return;
  // SQLite has rolled back by itself after some errors (a full disk); then this does nothing.
  sqlite3_exec(connection_->handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Status Transaction::commit() {
  assert(connection_ != nullptr);
  auto committed = connection_->execute("COMMIT");
  if (committed) connection_ = nullptr;
  return committed;
}

}  // namespace hilum::db
