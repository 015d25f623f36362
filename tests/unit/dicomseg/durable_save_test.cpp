#include "dicomseg/durable_save.h"

#include <doctest/doctest.h>

#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::dicomseg;
namespace fs = std::filesystem;

TEST_CASE("durable save: replaces the file and leaves no part file") {
  const test::TempDir dir;
  test::write_file(dir / "a.dcm", "old");
  REQUIRE(save_durably(dir / "a.dcm", [](const fs::path& part) {
    test::write_file(part, "new");
    return ok();
  }));
  CHECK(test::read_file(dir / "a.dcm") == "new");
  CHECK_FALSE(fs::exists(dir / "a.dcm.part"));
}

TEST_CASE("durable save: a failed write leaves the old file and no part file") {
  const test::TempDir dir;
  test::write_file(dir / "a.dcm", "old");
  const auto saved = save_durably(dir / "a.dcm", [](const fs::path& part) -> Status {
    test::write_file(part, "half");
    return Error{ErrorCode::kNoSpace, "disk full"};
  });
  CHECK(saved.error().code == ErrorCode::kNoSpace);
  CHECK(test::read_file(dir / "a.dcm") == "old");
  CHECK_FALSE(fs::exists(dir / "a.dcm.part"));
}

TEST_CASE("durable save: a target that cannot be replaced is an error without leftovers") {
  const test::TempDir dir;
  fs::create_directories(dir / "a.dcm" / "inside");
  const auto saved = save_durably(dir / "a.dcm", [](const fs::path& part) {
    test::write_file(part, "new");
    return ok();
  });
  CHECK(saved.error().code == ErrorCode::kUnavailable);
  CHECK(saved.error().message.find("a.dcm.part") != std::string::npos);
  CHECK_FALSE(fs::exists(dir / "a.dcm.part"));
}
