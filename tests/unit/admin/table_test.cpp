#include "admin/cli/table.h"

#include <doctest/doctest.h>

using hilum::admin::Table;

TEST_CASE("table: columns are as wide as their content, without blanks at the ends of lines") {
  Table table({"JOB", "STATE", "MESSAGE"});
  table.add({"1", "delivered", ""});
  table.add({"12", "failed", "PACS is down"});
  CHECK(table.str(80) ==
        "JOB  STATE      MESSAGE\n"
        "1    delivered\n"
        "12   failed     PACS is down\n");
}

TEST_CASE("table: the last column is cut so that lines fit the terminal, counting characters") {
  Table table({"A", "B"});
  table.add({"\xc3\xa4", "0123456789012345678901234567890123456789"});
  CHECK(table.str(20) ==
        "A  B\n"
        "\xc3\xa4  01234567890123...\n");
}
