#include "pipeline/domain/ae_title.h"

#include <doctest/doctest.h>

using namespace hilum;

TEST_CASE("ae_title: strips insignificant blanks and keeps inner ones") {
  CHECK(AeTitle::parse("  HILUM ")->str() == "HILUM");
  CHECK(AeTitle::parse("MY PACS 01")->str() == "MY PACS 01");
  CHECK(AeTitle::parse(std::string("PACS\0\0", 6))->str() == "PACS");
  CHECK(AeTitle::parse("ABCDEFGHIJKLMNOP")->str().size() == 16);
}

TEST_CASE("ae_title: refuses blanks, more than 16 characters, backslash and control characters") {
  for (const char* raw : {"", "    ", "ABCDEFGHIJKLMNOPQ", "A\\B", "A\nB", "\xc3\x84"}) {
    CAPTURE(raw);
    const auto title = AeTitle::parse(raw);
    REQUIRE_FALSE(title.has_value());
    CHECK(title.error().code == ErrorCode::kInvalidInput);
  }
}

TEST_CASE("ae_title: comparison is exact") {
  CHECK(*AeTitle::parse("PACS") == *AeTitle::parse(" PACS "));
  CHECK_FALSE(*AeTitle::parse("PACS") == *AeTitle::parse("pacs"));
}
