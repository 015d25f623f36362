#include "model/durable_file.h"

#include <doctest/doctest.h>

#include <array>
#include <span>
#include <string_view>

#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;

namespace {

Status replace_with(const std::filesystem::path& file, std::string_view a, std::string_view b) {
  const std::array pieces{std::as_bytes(std::span(a)), std::as_bytes(std::span(b))};
  return replace_file(file, pieces);
}

}  // namespace

TEST_CASE("durable_file: a file is replaced as a whole and leaves no part file") {
  const test::TempDir dir;
  REQUIRE(replace_with(dir / "a", "old ", "content, longer"));
  REQUIRE(replace_with(dir / "a", "new", ""));
  CHECK(test::read_file(dir / "a") == "new");
  CHECK_FALSE(std::filesystem::exists(dir / "a.part"));
}

TEST_CASE("durable_file: a missing directory is not found") {
  const test::TempDir dir;
  const auto replaced = replace_with(dir / "no" / "a", "x", "y");
  REQUIRE_FALSE(replaced);
  CHECK(replaced.error().code == ErrorCode::kNotFound);
}

TEST_CASE("durable_file: a target that cannot be replaced is an error and leaves no part file") {
  const test::TempDir dir;
  std::filesystem::create_directory(dir / "a");
  test::write_file(dir / "a" / "inside", "x");
  REQUIRE_FALSE(replace_with(dir / "a", "x", "y"));
  CHECK_FALSE(std::filesystem::exists(dir / "a.part"));
}
