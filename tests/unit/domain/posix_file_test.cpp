#include "pipeline/domain/posix_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cerrno>
#include <span>
#include <string_view>
#include <utility>

#include "tests/support/temp_dir.h"

using namespace hilum;

TEST_CASE("posix_file: errno becomes a code that says whether to try again") {
  for (const auto& [number, code] : {std::pair{ENOSPC, ErrorCode::kNoSpace},
                                     {EDQUOT, ErrorCode::kNoSpace},
                                     {EFBIG, ErrorCode::kNoSpace},
                                     {ENOMEM, ErrorCode::kNoSpace},
                                     {EMFILE, ErrorCode::kUnavailable},
                                     {ENFILE, ErrorCode::kUnavailable},
                                     {EAGAIN, ErrorCode::kUnavailable},
                                     {ENOENT, ErrorCode::kNotFound},
                                     {EIO, ErrorCode::kInternal},
                                     {EACCES, ErrorCode::kInternal}}) {
    CAPTURE(number);
    const Error error = errno_error(number, "write", "/spool/a");
    CHECK(error.code == code);
    CHECK(error.message.starts_with("write /spool/a: "));
  }
}

TEST_CASE("posix_file: bytes are written through a descriptor that moves") {
  const test::TempDir dir;
  const auto file = dir / "a";
  UniqueFd first(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const UniqueFd fd(std::move(first));
  CHECK_FALSE(first.valid());  // NOLINT: says what a move leaves behind
  REQUIRE(fd.valid());
  REQUIRE(write_all(fd.get(), std::as_bytes(std::span(std::string_view("content"))), file));
  CHECK(test::read_file(file) == "content");
}

TEST_CASE("posix_file: a write to what is no open file is an error that names it") {
  const auto written = write_all(-1, std::as_bytes(std::span(std::string_view("x"))), "the file");
  REQUIRE_FALSE(written);
  CHECK(written.error().message.starts_with("write the file: "));
}

TEST_CASE("posix_file: only a directory that exists can be synced") {
  const test::TempDir dir;
  CHECK(sync_directory(dir.path()));
  CHECK(sync_directory(dir / "none").error().code == ErrorCode::kNotFound);
}
