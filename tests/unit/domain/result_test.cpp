#include "pipeline/domain/result.h"

#include <doctest/doctest.h>

#include <memory>

using namespace hilum;

TEST_CASE("result: holds a value or an error and moves out of both") {
  Result<std::unique_ptr<int>> good(std::make_unique<int>(7));
  REQUIRE(good.has_value());
  CHECK(**good == 7);
  const std::unique_ptr<int> moved = *std::move(good);
  CHECK(*moved == 7);

  const Result<int> bad = Error{ErrorCode::kNoSpace, "disk full"};
  CHECK_FALSE(bad.has_value());
  CHECK(bad.error().code == ErrorCode::kNoSpace);
}

TEST_CASE("result: an error gains context from the outside in") {
  Error error = Error{ErrorCode::kNotFound, "no file"}.in("job 3").in("start");
  CHECK(error.message == "start: job 3: no file");
}

TEST_CASE("result: error codes keep their names") {
  for (const ErrorCode code :
       {ErrorCode::kInvalidInput, ErrorCode::kNotFound, ErrorCode::kConflict,
        ErrorCode::kUnsupported, ErrorCode::kNoSpace, ErrorCode::kUnavailable,
        ErrorCode::kCancelled, ErrorCode::kInternal}) {
    CHECK(error_code_from(to_string(code)) == code);
  }
  CHECK(error_code_from("nonsense") == ErrorCode::kInternal);
}
