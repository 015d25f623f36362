#include "model/import/zip_archive.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "tests/support/temp_dir.h"
#include "tests/unit/model/import/zip_writer.h"

using namespace hilum;
using namespace hilum::model;
using test::ZipEntry;

namespace {

Result<ZipArchive> opened(const test::TempDir& dir, const std::string& bytes) {
  test::write_file(dir / "a.zip", bytes);
  return ZipArchive::open(dir / "a.zip");
}

std::string refused(const std::vector<ZipEntry>& entries) {
  const test::TempDir dir;
  const auto archive = opened(dir, test::ZipWriter::make(entries));
  REQUIRE_FALSE(archive);
  CHECK(archive.error().code == ErrorCode::kInvalidInput);
  return archive.error().message;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("zip_archive: stored entries are listed and read") {
  const test::TempDir dir;
  auto archive = opened(dir, test::ZipWriter::make({{.name = "x/a", .content = "lobe"},
                                                    {.name = "x/b", .content = ""}}));
  REQUIRE(archive);
  CHECK(archive->entries() == std::map<std::string, std::uint64_t>{{"x/a", 4}, {"x/b", 0}});
  const auto content = archive->read("x/a");
  REQUIRE(content);
  CHECK(std::string(reinterpret_cast<const char*>(content->data()), content->size()) == "lobe");
  REQUIRE(archive->read("x/b"));
  CHECK(archive->read("x/b")->empty());
  const auto missing = archive->read("x/c");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::kNotFound);
}

TEST_CASE(
    "zip_archive: compressed entries may be there but are not read, encrypted ones not even be "
    "there") {
  const test::TempDir dir;
  auto archive =
      opened(dir, test::ZipWriter::make({{.name = "code", .content = "abc", .method = 8}}));
  REQUIRE(archive);
  const auto content = archive->read("code");
  REQUIRE_FALSE(content);
  CHECK(contains(content.error().message, "'code' is compressed"));
  CHECK(contains(refused({{.name = "secret", .content = "abc", .flags = 1}}),
                 "'secret' is encrypted"));
}

TEST_CASE("zip_archive: compressed entries that unpack to very much are refused") {
  CHECK(contains(
      refused({{.name = "bomb", .content = "abc", .method = 8, .unpacked_bytes = 65 << 20}}),
      "compressed entries claim more than 67108864 bytes"));
}

TEST_CASE("zip_archive: entries that claim more than the file has are refused") {
  CHECK(contains(refused({{.name = "huge", .content = "abc", .claimed_bytes = 0xfffffff0}}),
                 "claim more bytes"));
}

TEST_CASE("zip_archive: overlapping entries cannot multiply the file") {
  std::vector<ZipEntry> entries{{.name = "0", .content = std::string(10'000, 'x')}};
  for (int i = 1; i < 50; ++i) {
    entries.push_back({.name = "0", .content = entries[0].content, .same_place_as = 0});
    entries.back().name = std::to_string(i);
  }
  CHECK(contains(refused(entries), "claim more bytes"));
}

TEST_CASE("zip_archive: two entries of one name are refused") {
  CHECK(contains(refused({{.name = "a", .content = "1"}, {.name = "a", .content = "2"}}),
                 "two entries of the name 'a'"));
}

TEST_CASE("zip_archive: a flipped bit in an entry is found by its checksum") {
  const test::TempDir dir;
  std::string bytes = test::ZipWriter::make({{.name = "a", .content = "pulmonary"}});
  bytes[bytes.find("pulmonary") + 3] ^= 1;
  auto archive = opened(dir, bytes);
  REQUIRE(archive);
  const auto content = archive->read("a");
  REQUIRE_FALSE(content);
  CHECK(content.error().code == ErrorCode::kInvalidInput);
  CHECK(contains(content.error().message, "'a'"));
}

TEST_CASE("zip_archive: what is no zip, or truncated anywhere, is an error") {
  const test::TempDir dir;
  CHECK(ZipArchive::open(dir / "none").error().code == ErrorCode::kNotFound);
  const std::string bytes = test::ZipWriter::make({{.name = "a", .content = "12345"}});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CAPTURE(length);
    auto archive = opened(dir, bytes.substr(0, length));
    CHECK_FALSE((archive && archive->read("a")));
  }
}
