#include "scp/quarantine.h"

#include <doctest/doctest.h>

#include "pipeline/domain/sha256.h"
#include "tests/unit/scp/spool_fixture.h"

using namespace hilum;
using namespace hilum::scp;
using namespace hilum::test;

namespace {

constexpr const char* kSop = "1.2.3.4.1";

/// A spool with one accepted instance.
struct Conflicts : SpoolInDir {
  explicit Conflicts(Spool::Options options = {}) : SpoolInDir(std::move(options)) {
    REQUIRE(store(kSop, data_set(kSop)).has_value());
  }
  ErrorCode conflict(const std::string& content) {
    const auto stored = store(kSop, data_set(kSop, content));
    REQUIRE_FALSE(stored.has_value());
    return stored.error().code;
  }
};

}  // namespace

TEST_CASE("quarantine: says what came from whom, and with what it conflicts") {
  Conflicts s;
  CHECK(s.conflict("other") == ErrorCode::kConflict);
  const auto found = *s.spool->quarantine().list();
  REQUIRE(found.size() == 1);
  const auto& [name, instance, conflicts_with] = found.front();
  CHECK(name.starts_with("1.2.3.4.1."));
  CHECK(instance.sop.str() == kSop);
  CHECK(instance.calling_ae == "SENDER");
  CHECK(instance.sha256 == Sha256::hex(Sha256::of(data_set(kSop, "other"))));
  CHECK(instance.file == fs::path("quarantine") / name);
  CHECK(fs::file_size(s.dir.path() / instance.file) == instance.size_bytes);
  CHECK(conflicts_with == fs::path("instances/1.2.3/1.2.3.4/1.2.3.4.1.dcm"));
}

TEST_CASE("quarantine: a sender that repeats itself adds nothing") {
  Conflicts s;
  for (int i = 0; i < 5; ++i) CHECK(s.conflict("other") == ErrorCode::kConflict);
  CHECK(s.files_in("quarantine") == 1);
  CHECK(s.conflict("another") == ErrorCode::kConflict);
  CHECK(s.files_in("quarantine") == 2);
}

TEST_CASE(
    "quarantine: when it is full nothing is dropped, and there is room again after a deletion") {
  Spool::Options options;
  options.max_quarantine_bytes = 1100;  // each file has between 400 and 550
  Conflicts s(options);
  CHECK(s.conflict("first") == ErrorCode::kConflict);
  CHECK(s.conflict("second") == ErrorCode::kConflict);
  CHECK(s.conflict("third") == ErrorCode::kNoSpace);
  CHECK(s.conflict("first") == ErrorCode::kConflict);  // it is kept
  CHECK(s.files_in("quarantine") == 2);

  Quarantine administrator(s.dir.path(), 0);
  const auto found = *administrator.list();
  REQUIRE(found.size() == 2);
  REQUIRE(administrator.remove(found[0].name));
  CHECK(s.conflict("third") == ErrorCode::kConflict);
}

TEST_CASE("quarantine: deletes by name, and nothing outside") {
  Conflicts s;
  CHECK(s.conflict("other") == ErrorCode::kConflict);
  Quarantine& quarantine = s.spool->quarantine();
  for (const char* name :
       {"absent.dcm", "../.lock", "..", ".", "", "../instances/1.2.3/1.2.3.4/1.2.3.4.1.dcm"}) {
    CAPTURE(name);
    CHECK_FALSE(quarantine.remove(name));
  }
  CHECK(s.files_in("quarantine") == 1);
  CHECK(s.files_in("instances") == 1);
  CHECK(quarantine.remove(quarantine.list()->front().name));
  CHECK(s.files_in("quarantine") == 0);
}

TEST_CASE("quarantine: what is older than its time is discarded") {
  Conflicts s;
  CHECK(s.conflict("other") == ErrorCode::kConflict);
  const auto arrived = s.spool->quarantine().list()->front().instance.received_at;
  CHECK(*s.spool->quarantine().discard(arrived - std::chrono::hours(1)) == 0);
  CHECK(*s.spool->quarantine().discard(arrived + std::chrono::hours(1)) == 1);
  CHECK(s.files_in("quarantine") == 0);
}

TEST_CASE("quarantine: a file that is not an instance does not hide the others") {
  Conflicts s;
  CHECK(s.conflict("other") == ErrorCode::kConflict);
  write_file(s.dir / "quarantine/notes.txt", "not ours");
  CHECK(s.spool->quarantine().list()->size() == 1);
}
