#include "db/sqlite.h"

#include <doctest/doctest.h>

#include <chrono>

#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::db;
using hilum::test::TempDir;

namespace {

std::unique_ptr<Connection> opened(const std::filesystem::path& file) {
  auto connection = Connection::open(file);
  REQUIRE_MESSAGE(connection, connection.error().message);
  return std::move(*connection);
}

int count(Connection& connection) {
  auto query = connection.use("SELECT count(*) FROM t");
  REQUIRE(query.step());
  return static_cast<int>(query.integer(0));
}

}  // namespace

TEST_CASE("sqlite: values come back as they were bound") {
  const TempDir dir;
  const auto connection = opened(dir / "a.db");
  const Time time(std::chrono::milliseconds(1'700'000'000'123));
  auto query = connection->use("SELECT ?, ?, ?, ?, ?, ?, ?");
  query.bind(std::int64_t{1} << 60)
      .bind(0.25)
      .bind("with 'quotes' and \xC3\xA9")
      .bind(time)
      .bind(std::optional<int>())
      .bind(std::optional<Time>(time))
      .bind(std::string_view());
  REQUIRE(*query.step());
  CHECK(query.integer(0) == std::int64_t{1} << 60);
  CHECK(query.real(1) == 0.25);
  CHECK(query.text(2) == "with 'quotes' and \xC3\xA9");
  CHECK(query.time(3) == time);
  CHECK(query.is_null(4));
  CHECK_FALSE(query.maybe_int(4));
  CHECK(query.maybe_time(5) == time);
  CHECK_FALSE(query.is_null(6));  // an empty text is not NULL
  CHECK_FALSE(*query.step());
}

TEST_CASE("sqlite: a statement starts afresh at each use") {
  const TempDir dir;
  const auto connection = opened(dir / "a.db");
  for (const int value : {7, 8}) {
    auto query = connection->use("SELECT ?1 UNION ALL SELECT 99");
    query.bind(value);
    REQUIRE(*query.step());
    CHECK(query.integer(0) == value);  // and is left in the middle of its rows
  }
}

TEST_CASE("sqlite: the first error of a use sticks and names the file") {
  const TempDir dir;
  const auto connection = opened(dir / "a.db");
  const auto bad = connection->use("SELEKT ?").bind(1).run();
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == ErrorCode::kInternal);
  CHECK(bad.error().message.find("a.db") != std::string::npos);
  CHECK_FALSE(connection->use("SELECT 1").bind(1).step());  // no such parameter
}

TEST_CASE("sqlite: a transaction is undone unless committed") {
  const TempDir dir;
  const auto connection = opened(dir / "a.db");
  REQUIRE(connection->execute("CREATE TABLE t (x INTEGER) STRICT"));
  for (const Durability durability : {Durability::kNow, Durability::kSoon}) {
    auto transaction = Transaction::begin(*connection, durability);
    REQUIRE(transaction);
    REQUIRE(*connection->use("INSERT INTO t VALUES (1)").run() == 1);
  }
  CHECK(count(*connection) == 0);
  {
    auto transaction = Transaction::begin(*connection, Durability::kNow);
    REQUIRE(transaction);
    REQUIRE(connection->use("INSERT INTO t VALUES (1)").run());
    REQUIRE(transaction->commit());
  }
  CHECK(count(*connection) == 1);
}

TEST_CASE("sqlite: durability sets how commits are synced") {
  const TempDir dir;
  const auto connection = opened(dir / "a.db");
  const auto synchronous = [&] {
    auto query = connection->use("PRAGMA synchronous");
    REQUIRE(*query.step());
    return query.integer(0);
  };
  REQUIRE(Transaction::begin(*connection, Durability::kSoon));
  CHECK(synchronous() == 1);  // NORMAL
  REQUIRE(Transaction::begin(*connection, Durability::kNow));
  CHECK(synchronous() == 2);  // FULL
}

TEST_CASE("sqlite: foreign keys are enforced and the log is written ahead") {
  const TempDir dir;
  const auto connection = opened(dir / "a.db");
  auto mode = connection->use("PRAGMA journal_mode");
  REQUIRE(*mode.step());
  CHECK(mode.text(0) == "wal");
  REQUIRE(
      connection->execute("CREATE TABLE p (id INTEGER PRIMARY KEY) STRICT;"
                          "CREATE TABLE t (p INTEGER REFERENCES p (id)) STRICT"));
  CHECK_FALSE(connection->use("INSERT INTO t VALUES (1)").run());
}

TEST_CASE("sqlite: a full database is 'no space'") {
  const TempDir dir;
  const auto connection = opened(dir / "a.db");
  REQUIRE(connection->execute("CREATE TABLE t (x TEXT) STRICT; PRAGMA max_page_count = 10"));
  const auto full =
      connection->use("INSERT INTO t VALUES (?)").bind(std::string(100'000, 'x')).run();
  REQUIRE_FALSE(full);
  CHECK(full.error().code == ErrorCode::kNoSpace);
  CHECK(full.error().message.find("free space") != std::string::npos);
}

TEST_CASE("sqlite: a database that another process keeps is 'unavailable'") {
  const TempDir dir;
  const auto first = opened(dir / "a.db");
  const auto second = opened(dir / "a.db");
  REQUIRE(second->execute("PRAGMA busy_timeout = 1"));
  auto held = Transaction::begin(*first, Durability::kNow);
  REQUIRE(held);
  const auto refused = Transaction::begin(*second, Durability::kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("sqlite: what is no database is refused with advice") {
  const TempDir dir;
  test::write_file(dir / "text.db", std::string(4096, 'x'));
  struct Case {
    std::filesystem::path file;
    std::string advice;
  };
  for (const auto& [file, advice] :
       {Case{dir.path(), "its directory must exist"}, Case{dir / "text.db", "not a database"},
        Case{dir / "missing/a.db", "its directory must exist"}}) {
    CAPTURE(file);
    const auto refused = Connection::open(file);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kInternal);
    CHECK(refused.error().message.find(file.string()) != std::string::npos);
    CHECK(refused.error().message.find(advice) != std::string::npos);
  }
}
