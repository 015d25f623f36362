#include "pipeline/domain/durable_file.h"

#include <doctest/doctest.h>

#include <array>
#include <span>
#include <string_view>

#include "tests/support/temp_dir.h"

using namespace hilum;
namespace fs = std::filesystem;

namespace {

Status replace_with(const fs::path& file, std::string_view a, std::string_view b) {
  const std::array pieces{std::as_bytes(std::span(a)), std::as_bytes(std::span(b))};
  return replace_file(file, pieces);
}

}  // namespace

TEST_CASE("durable_file: a file is replaced as a whole and leaves no part file") {
  const test::TempDir dir;
  REQUIRE(replace_with(dir / "a", "old ", "content, longer"));
  REQUIRE(replace_with(dir / "a", "new", ""));
  CHECK(test::read_file(dir / "a") == "new");
  CHECK_FALSE(fs::exists(dir / "a.part"));
}

TEST_CASE("durable_file: a missing directory is not found") {
  const test::TempDir dir;
  const auto replaced = replace_with(dir / "no" / "a", "x", "y");
  REQUIRE_FALSE(replaced);
  CHECK(replaced.error().code == ErrorCode::kNotFound);
}

TEST_CASE("durable_file: a target that cannot be replaced is an error and leaves no part file") {
  const test::TempDir dir;
  fs::create_directory(dir / "a");
  test::write_file(dir / "a" / "inside", "x");
  REQUIRE_FALSE(replace_with(dir / "a", "x", "y"));
  CHECK_FALSE(fs::exists(dir / "a.part"));
}

TEST_CASE("durable_file: what a function wrote replaces the file and leaves no part file") {
  const test::TempDir dir;
  test::write_file(dir / "a.dcm", "old");
  REQUIRE(replace_file(dir / "a.dcm", [](const fs::path& part) {
    test::write_file(part, "new");
    return ok();
  }));
  CHECK(test::read_file(dir / "a.dcm") == "new");
  CHECK_FALSE(fs::exists(dir / "a.dcm.part"));
}

TEST_CASE("durable_file: a failed write leaves the old file and no part file") {
  const test::TempDir dir;
  test::write_file(dir / "a.dcm", "old");
  const auto saved = replace_file(dir / "a.dcm", [](const fs::path& part) -> Status {
    test::write_file(part, "half");
    return Error{ErrorCode::kNoSpace, "disk full"};
  });
  CHECK(saved.error().code == ErrorCode::kNoSpace);
  CHECK(test::read_file(dir / "a.dcm") == "old");
  CHECK_FALSE(fs::exists(dir / "a.dcm.part"));
}

TEST_CASE("durable_file: a target that a function's file cannot replace leaves no part file") {
  const test::TempDir dir;
  fs::create_directories(dir / "a.dcm" / "inside");
  const auto saved = replace_file(dir / "a.dcm", [](const fs::path& part) {
    test::write_file(part, "new");
    return ok();
  });
  CHECK(saved.error().code == ErrorCode::kInternal);
  CHECK(saved.error().message.find("a.dcm.part") != std::string::npos);
  CHECK_FALSE(fs::exists(dir / "a.dcm.part"));
}
