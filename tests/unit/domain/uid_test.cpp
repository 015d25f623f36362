#include "pipeline/domain/uid.h"

#include <doctest/doctest.h>

#include <string>

using namespace hilum;

TEST_CASE("uid: accepts what peers send and strips their padding") {
  for (const auto& [raw, expected] : {
           std::pair<std::string, std::string>{"1.2.840.10008.5.1.4.1.1.2",
                                               "1.2.840.10008.5.1.4.1.1.2"},
           {std::string("1.2.3\0", 6), "1.2.3"},
           {"1.2.3 ", "1.2.3"},
           {"0.0", "0.0"},
           {"1.2.003", "1.2.003"},  // against the standard, but sent by real equipment: ADR 0002
           {"1", "1"},
           {std::string(64, '1'), std::string(64, '1')},
       }) {
    CAPTURE(raw);
    const auto uid = SopInstanceUid::parse(raw);
    REQUIRE(uid.has_value());
    CHECK(uid->str() == expected);
  }
}

TEST_CASE("uid: refuses everything that is not one, without echoing control characters") {
  for (const std::string& raw : {std::string(), std::string(" "), std::string("../x"),
                                 std::string("1..2"), std::string(".1"), std::string("1."),
                                 std::string("1.2/3"), std::string("1.2.a"), std::string("1.2\n3"),
                                 std::string("1\0"
                                             "2",
                                             3),
                                 std::string(65, '1'), std::string(70000, '9')}) {
    CAPTURE(raw.substr(0, 20));
    const auto uid = StudyUid::parse(raw);
    REQUIRE_FALSE(uid.has_value());
    CHECK(uid.error().code == ErrorCode::kInvalidInput);
    CHECK(uid.error().message.find("Study Instance UID") == 0);
    CHECK(uid.error().message.find('\n') == std::string::npos);
    CHECK(uid.error().message.size() < 200);
  }
}

TEST_CASE("uid: a derived one is valid, stable and depends on every byte of its seed") {
  const std::string uid = derived_uid("seed");
  CHECK(uid == derived_uid("seed"));
  CHECK(uid != derived_uid("seee"));
  CHECK(uid.starts_with("2.25."));
  CHECK(SeriesUid::parse(uid).has_value());
  // The first 16 bytes of SHA-256("seed") with version 8 and variant 2 set, in decimal.
  CHECK(uid == "2.25.34156720470977251805805537508917453741");
}

TEST_CASE("uid: a random one is valid and no other's") {
  const std::string uid = random_uid();
  CHECK(uid.starts_with("2.25."));
  CHECK(TransactionUid::parse(uid).has_value());
  CHECK(uid != random_uid());
}
