#include "dicomseg/dcmtk_error.h"

#include <dcmtk/dcmdata/dcerror.h>
#include <doctest/doctest.h>

using namespace hilum;

TEST_CASE("DCMTK errors: the caller's code and words, DCMTK's reason") {
  const Error error = to_error(EC_TagNotFound, ErrorCode::kInvalidInput, "read x.dcm");
  CHECK(error.code == ErrorCode::kInvalidInput);
  CHECK(error.message == "read x.dcm: Tag not found");
}

TEST_CASE("DCMTK errors: exhausted memory is always no space") {
  CHECK(to_error(EC_MemoryExhausted, ErrorCode::kInvalidInput, "x").code == ErrorCode::kNoSpace);
}
