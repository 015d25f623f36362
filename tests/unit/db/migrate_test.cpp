#include "db/migrate.h"

#include <doctest/doctest.h>

#include <array>
#include <thread>
#include <vector>

#include "db/job_store.h"
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

std::int64_t number(Connection& connection, std::string_view sql) {
  auto query = connection.use(sql);
  REQUIRE(*query.step());
  return query.integer(0);
}

}  // namespace

TEST_CASE("migrate: the built-in steps are numbered from 1 without a gap") {
  REQUIRE_FALSE(migrations().empty());
  int expected = 1;
  for (const Migration& step : migrations()) {
    CHECK(step.version == expected++);
    CHECK_FALSE(step.sql.empty());
  }
}

TEST_CASE("migrate: a new database gets every step, a current one none") {
  const TempDir dir;
  const auto connection = opened(dir / "a.db");
  REQUIRE(migrate(*connection));
  CHECK(number(*connection, "PRAGMA user_version") == migrations().back().version);
  REQUIRE(migrate(*connection));
  CHECK(number(*connection, "SELECT count(*) FROM jobs") == 0);
}

TEST_CASE("migrate: an older database gets the missing steps and keeps its rows") {
  const TempDir dir;
  const auto connection = opened(dir / "a.db");
  const std::array steps{Migration{1, "CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1);"},
                         Migration{2, "ALTER TABLE t ADD COLUMN y INTEGER DEFAULT 2;"}};
  REQUIRE(migrate(*connection, std::span(steps).first(1)));
  REQUIRE(migrate(*connection, steps));
  CHECK(number(*connection, "SELECT x + y FROM t") == 3);
}

TEST_CASE("migrate: a table that is made anew keeps the rows that refer to it") {
  const TempDir dir;
  const auto connection = opened(dir / "a.db");
  const std::array steps{
      Migration{1,
                "CREATE TABLE a (id INTEGER PRIMARY KEY);"
                "CREATE TABLE b (a INTEGER REFERENCES a (id) ON DELETE CASCADE);"
                "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1);"},
      Migration{2,
                "CREATE TABLE a2 (id INTEGER PRIMARY KEY, x TEXT);"
                "INSERT INTO a2 SELECT id, 'x' FROM a; DROP TABLE a; ALTER TABLE a2 RENAME TO a;"}};
  REQUIRE(migrate(*connection, steps));
  CHECK(number(*connection, "SELECT count(*) FROM b JOIN a ON a.id = b.a") == 1);
  CHECK(number(*connection, "PRAGMA foreign_keys") == 1);
  CHECK_FALSE(connection->execute("INSERT INTO b VALUES (7)"));
  REQUIRE(connection->execute("DELETE FROM a"));
  CHECK(number(*connection, "SELECT count(*) FROM b") == 0);
}

TEST_CASE("migrate: a step that leaves rows without what they refer to is not taken") {
  const TempDir dir;
  const auto connection = opened(dir / "a.db");
  const std::array steps{
      Migration{1,
                "CREATE TABLE a (id INTEGER PRIMARY KEY);"
                "CREATE TABLE b (a INTEGER REFERENCES a (id)); INSERT INTO b VALUES (1);"}};
  CHECK_FALSE(migrate(*connection, steps));
  CHECK(number(*connection, "PRAGMA user_version") == 0);
  CHECK(number(*connection, "PRAGMA foreign_keys") == 1);
}

TEST_CASE("migrate: jobs of a database from before virtual nodes are those of the main node") {
  const TempDir dir;
  {
    const auto connection = opened(dir / "a.db");
    REQUIRE(migrate(*connection, migrations().first(1)));
    REQUIRE(connection->execute(
        "INSERT INTO series VALUES (7, '1.2', '1.2.3', 0, 1000, 1000, '');"
        "INSERT INTO instances VALUES (7, '1.2.3.4', '1.2.840.10008.5.1.4.1.1.2',"
        " '1.2.840.10008.1.2.1', 'CT', 'instances/1.2/1.2.3/1.2.3.4.dcm', 10, 'ab', 1000, NULL);"
        "INSERT INTO jobs (series_id, instances_digest, state, created_at, updated_at)"
        " VALUES (7, 'd', 'queued', 1000, 1000);"
        "INSERT INTO job_events (job_id, at, to_state, reason) VALUES (1, 1000, 'queued', 'r');"));
  }
  auto store = SqliteJobStore::open(dir / "a.db");
  REQUIRE_MESSAGE(store, store.error().message);
  const auto job = (*store)->job(1);
  REQUIRE(job);
  CHECK(job->series.series.str() == "1.2.3");
  CHECK(job->series.node.is_main());
  CHECK((*store)->events_of(1)->size() == 1);
  REQUIRE((*store)->instances_of(job->series)->size() == 1);
  CHECK((*store)->instances_of(job->series)->front().calling_ae == "CT");
}

TEST_CASE("migrate: results of one file become results of one object, numbers go on") {
  const TempDir dir;
  {
    const auto connection = opened(dir / "a.db");
    REQUIRE(migrate(*connection, migrations().first(4)));
    REQUIRE(connection->execute(
        "INSERT INTO series (id, study, series, node, open, open_since, last_received_at)"
        " VALUES (7, '1.2', '1.2.3', 'thin', 0, 1000, 1000);"
        "INSERT INTO jobs (id, series_id, instances_digest, state, attempt, created_at, updated_at,"
        " note, result_series, result_sop, result_file) VALUES"
        " (3, 7, 'd', 'encoded', 2, 1000, 2000, 'a note', '2.25.1', '2.25.2', '2.25.2.dcm'),"
        " (9, 7, 'e', 'failed', 1, 1000, 2000, '', NULL, NULL, NULL);"
        "DELETE FROM jobs WHERE id = 9;"
        "INSERT INTO deliveries (job_id, destination, result_sop, state, created_at, updated_at)"
        " VALUES (3, 'pacs', '2.25.2', 'waiting', 2000, 2000);"
        "INSERT INTO job_events (job_id, at, to_state, reason) VALUES (3, 1000, 'queued', 'r');"));
  }
  auto store = SqliteJobStore::open(dir / "a.db");
  REQUIRE_MESSAGE(store, store.error().message);
  const auto job = (*store)->job(3);
  REQUIRE(job);
  CHECK(job->state == JobState::kEncoded);
  CHECK(job->attempt == 2);
  CHECK(job->note == "a note");
  CHECK((*store)->events_of(3)->size() == 1);
  const auto packages = *(*store)->results_of(3);
  REQUIRE(packages.size() == 1);
  CHECK(packages[0].profile == "standard");
  CHECK(packages[0].objects.at(0).file == "2.25.2.dcm");
  const Time now(std::chrono::milliseconds(5000));
  const auto delivery = (*store)->claim_delivery({"n/d", now + std::chrono::seconds(9)}, now);
  REQUIRE(delivery);
  REQUIRE(*delivery);
  CHECK((*delivery)->files == std::vector<std::filesystem::path>{"2.25.2.dcm"});
  const auto connection = opened(dir / "a.db");
  REQUIRE(connection->execute(
      "INSERT INTO jobs (series_id, instances_digest, state, created_at, updated_at)"
      " VALUES (7, 'f', 'queued', 1, 1)"));
  CHECK(number(*connection, "SELECT max(id) FROM jobs") == 10);  // not 4: that of 9 was given
}

TEST_CASE("migrate: deliveries from before storage commitment are as they were, numbers go on") {
  const TempDir dir;
  {
    const auto connection = opened(dir / "a.db");
    REQUIRE(migrate(*connection, migrations().first(5)));
    REQUIRE(connection->execute(
        "INSERT INTO series (id, study, series, node, open, open_since, last_received_at)"
        " VALUES (7, '1.2', '1.2.3', '', 0, 1000, 1000);"
        "INSERT INTO jobs (id, series_id, instances_digest, state, created_at, updated_at)"
        " VALUES (3, 7, 'd', 'encoded', 1000, 2000);"
        "INSERT INTO result_objects VALUES"
        " (3, 'full', 0, 'segmentation', '2.25.1', '2.25.2', '2.25.2.dcm');"
        "INSERT INTO deliveries (id, job_id, destination, result_sop, state, attempt, created_at,"
        " updated_at, not_before, message, lease_owner, lease_until, profile) VALUES"
        " (4, 3, 'a', '2.25.2', 'waiting', 2, 2000, 2500, 3000, 'm', NULL, NULL, 'full'),"
        " (5, 3, 'b', '2.25.2', 'sending', 1, 2000, 2500, NULL, '', 'n/d', 9000, 'full'),"
        " (8, 3, 'c', '2.25.2', 'failed', 1, 2000, 2500, NULL, 'no', NULL, NULL, 'full');"
        "DELETE FROM deliveries WHERE id = 8;"));
  }
  auto store = SqliteJobStore::open(dir / "a.db");
  REQUIRE_MESSAGE(store, store.error().message);
  const auto deliveries = *(*store)->deliveries_of(3);
  REQUIRE(deliveries.size() == 2);
  CHECK(deliveries[0].id == 4);
  CHECK(deliveries[0].state == DeliveryState::kWaiting);
  CHECK(deliveries[0].attempt == 2);
  CHECK(deliveries[0].message == "m");
  CHECK(deliveries[0].profile == "full");
  CHECK(deliveries[0].not_before == Time(std::chrono::milliseconds(3000)));
  CHECK(deliveries[0].files == std::vector<std::filesystem::path>{"2.25.2.dcm"});
  CHECK(deliveries[0].confirmed == 0);
  const Time now(std::chrono::milliseconds(5000));
  CHECK((*store)->delivery_stored(5, "n/d", now));  // under way when the program was changed
  CHECK((*store)->deliveries_of(3)->at(1).state == DeliveryState::kStored);
  const auto connection = opened(dir / "a.db");
  REQUIRE(connection->execute(
      "INSERT INTO deliveries (job_id, destination, result_sop, state, created_at, updated_at)"
      " VALUES (3, 'd', '2.25.2', 'waiting', 1, 1)"));
  CHECK(number(*connection, "SELECT max(id) FROM deliveries") == 9);  // that of 8 was given
}

TEST_CASE("migrate: a step that fails leaves the version before it") {
  const TempDir dir;
  const auto connection = opened(dir / "a.db");
  const std::array steps{Migration{1, "CREATE TABLE t (x INTEGER);"},
                         Migration{2, "CREATE TABLE u (x INTEGER); CREATE TABLE u (x INTEGER);"}};
  const auto failed = migrate(*connection, steps);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.find("schema version 2") != std::string::npos);
  CHECK(number(*connection, "PRAGMA user_version") == 1);
  CHECK(number(*connection, "SELECT count(*) FROM sqlite_schema") == 1);
}

TEST_CASE("migrate: a database that is newer than the program is refused") {
  const TempDir dir;
  const auto connection = opened(dir / "a.db");
  REQUIRE(migrate(*connection));
  REQUIRE(connection->execute("PRAGMA user_version = 1000"));
  const auto refused = migrate(*connection);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kUnsupported);
  CHECK(refused.error().message.find("version 1000") != std::string::npos);
  CHECK(refused.error().message.find("install the newer hilum") != std::string::npos);
}

TEST_CASE("migrate: the database of another program is refused and left alone") {
  const TempDir dir;
  const auto connection = opened(dir / "a.db");
  REQUIRE(connection->execute("CREATE TABLE theirs (x INTEGER)"));
  const auto refused = migrate(*connection);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kUnsupported);
  CHECK(refused.error().message.find("another program") != std::string::npos);
  CHECK(number(*connection, "SELECT count(*) FROM sqlite_schema") == 1);
}

TEST_CASE("migrate: several processes may open a new database together") {
  const TempDir dir;
  std::vector<std::string> errors(4);
  std::vector<std::thread> threads;
  for (auto& error : errors) {
    threads.emplace_back([&dir, &error] {
      auto connection = Connection::open(dir / "a.db");
      if (!connection) {
        error = connection.error().message;
      } else if (auto done = migrate(**connection); !done) {
        error = done.error().message;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& error : errors) CHECK(error == "");
}
