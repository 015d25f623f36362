#include "pipeline/domain/commitment.h"

#include <doctest/doctest.h>

using namespace hilum;

TEST_CASE("commitment: reasons are named in words, unknown ones by their number") {
  CHECK(reason_in_words(0x0110) == "processing failure (0110)");
  CHECK(reason_in_words(0x0112) == "no such object instance (0112)");
  CHECK(reason_in_words(0x0213) == "resource limitation (0213)");
  CHECK(reason_in_words(0x0122) == "SOP class not supported (0122)");
  CHECK(reason_in_words(0x0119) == "class and instance conflict (0119)");
  CHECK(reason_in_words(0x0131) == "duplicate transaction UID (0131)");
  CHECK(reason_in_words(0xBEEF) == "unknown reason (BEEF)");
  CHECK(reason_in_words(0) == "not in the report");
}

TEST_CASE("commitment: only what the object itself is about stays as it is when it is sent again") {
  for (const int reason : {0, 0x0110, 0x0112, 0x0213, 0x0131, 0xBEEF}) {
    CHECK(sending_can_help(static_cast<std::uint16_t>(reason)));
  }
  CHECK_FALSE(sending_can_help(0x0122));
  CHECK_FALSE(sending_can_help(0x0119));
}
