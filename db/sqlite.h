#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pipeline/domain/result.h"
#include "pipeline/domain/series.h"

struct sqlite3;
struct sqlite3_stmt;

/// A thin layer over SQLite: values in, values out, errors as `Error` that name the database file
/// and say what to do about it. Nothing here knows what the tables mean.
namespace hilum::db {

class Connection;

/// One prepared statement, owned by its Connection and reset before and after each `Use`.
class Statement {
 public:
  /// One execution: `connection.use("SELECT ...").bind(a).bind(b).step()`. Binds in the order of
  /// the parameters. The first error sticks and is what `step` or `run` returns.
  class Use {
   public:
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    Use& bind(std::int64_t value);
    Use& bind(int value) { return bind(static_cast<std::int64_t>(value)); }
    Use& bind(double value);
    Use& bind(std::string_view text);
    Use& bind(const std::string& text) { return bind(std::string_view(text)); }
    Use& bind(const char* text) { return bind(std::string_view(text)); }
    Use& bind(Time time);
    Use& bind(const std::filesystem::path& path) { return bind(path.generic_string()); }
    template <class T>
    Use& bind(const std::optional<T>& value) {
      return value ? bind(*value) : bind_null();
    }
    Use& bind_null();

    /// Moves to the next row; false: there is none.
    Result<bool> step();
    /// Executes a statement whose rows, if any, do not matter. Returns the number of rows changed.
    Result<int> run();
    /// Reads all rows: `read(row)` turns one into a Result<T>; the first error ends it.
    template <class Read>
    auto all(Read read)
        -> Result<std::vector<typename std::invoke_result_t<Read, const Use&>::value_type>> {
      std::vector<typename std::invoke_result_t<Read, const Use&>::value_type> rows;
      while (true) {
        auto row = step();
        if (!row) return std::move(row).error();
        if (!*row) return rows;
        auto value = read(std::as_const(*this));
        if (!value) return std::move(value).error();
        rows.push_back(std::move(*value));
      }
    }

    // Columns of the row that `step` has moved to, counted from 0. NULL reads as 0 or "".
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] Time time(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::optional<Time> maybe_time(int column) const;
    [[nodiscard]] std::optional<int> maybe_int(int column) const;

   private:
    friend class Connection;
    Use(Connection& connection, Result<sqlite3_stmt*> statement);
    void note(int code);

    Connection& connection_;
    sqlite3_stmt* statement_ = nullptr;
    std::optional<Error> error_;
    int next_parameter_ = 1;
  };

  explicit Statement(sqlite3_stmt* prepared) : statement_(prepared) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

 private:
  friend class Connection;
  sqlite3_stmt* statement_;
};

/// Whether a committed transaction must survive a loss of power: adr/0001-durability.md.
enum class Durability {
  kSoon,  ///< may be lost with the power; the database stays consistent
  kNow,   ///< on disk when `commit` returns, with everything committed before it
};

/// An open database file: write-ahead log, foreign keys on, waits at most `kBusyTimeout` for
/// another process. Not thread-safe: one thread at a time. Does not move: statements point at it.
class Connection {
 public:
  static constexpr std::chrono::milliseconds kBusyTimeout{5000};

  /// Opens or creates the file. Its directory must exist.
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& file);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Executes one or more statements without parameters.
  Status execute(const std::string& sql);
  /// Takes the statement of this text, prepared once, for one execution. Two uses of the same text
  /// must not overlap.
  Statement::Use use(std::string_view sql);

  [[nodiscard]] std::int64_t last_insert_id() const;
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  /// Translates an SQLite result code of the call that just failed.
  [[nodiscard]] Error error(int code) const;

 private:
  friend class Transaction;
  explicit Connection(std::filesystem::path file) : file_(std::move(file)) {}
  Result<sqlite3_stmt*> prepared(std::string_view sql);
  Status use_write_ahead_log();
  Status set_durability(Durability durability);

  std::filesystem::path file_;
  sqlite3* handle_ = nullptr;
  std::optional<Durability> durability_;
  std::unordered_map<std::string, std::unique_ptr<Statement>> statements_;
};

/// A write transaction (BEGIN IMMEDIATE, so that it never has to be repeated half-way). Rolls back
/// unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(Connection& connection, Durability durability);
  ~Transaction();
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;

  Status commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;  ///< null once committed or moved from
};

}  // namespace hilum::db
