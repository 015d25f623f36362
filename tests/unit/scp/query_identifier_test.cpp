#include "scp/query_identifier.h"

#include <doctest/doctest.h>

#include <string>

using namespace hilum;
using namespace hilum::scp;
using Encoding = QueryIdentifier::Encoding;

namespace {

std::string number(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
  return out;
}
std::string tag(std::uint32_t value) { return number(value >> 16, 2) + number(value & 0xFFFF, 2); }
std::string implicit_head(std::uint32_t t, std::uint32_t length) {
  return tag(t) + number(length, 4);
}
std::string implicit_element(std::uint32_t t, const std::string& value) {
  return implicit_head(t, static_cast<std::uint32_t>(value.size())) + value;
}
std::string explicit_element(std::uint32_t t, const std::string& vr, const std::string& value) {
  return tag(t) + vr + number(static_cast<std::uint32_t>(value.size()), 2) + value;
}

constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr std::uint32_t kSop = 0x00080018;
constexpr std::uint32_t kNumber = 0x00201209;

}  // namespace

TEST_CASE("query identifier: values of both encodings, without padding") {
  const auto plain = QueryIdentifier::parse(
      implicit_element(kSop, std::string("1.2.3\0", 6)) + implicit_element(kNumber, " 180"),
      Encoding::kImplicitLittleEndian);
  REQUIRE(plain);
  CHECK(plain->text(kSop) == "1.2.3");
  CHECK(plain->text(kNumber) == "180");
  CHECK(plain->text(0x00100010).empty());
  const auto with_vr = QueryIdentifier::parse(
      explicit_element(kSop, "UI", "1.2.34") + explicit_element(kNumber, "IS", "7 "),
      Encoding::kExplicitLittleEndian);
  REQUIRE(with_vr);
  CHECK(with_vr->text(kSop) == "1.2.34");
  CHECK(with_vr->text(kNumber) == "7");
}

TEST_CASE("query identifier: sequences are passed over, also nested and of undefined length") {
  const std::string nested =
      implicit_head(0x00081140, kUndefined) + implicit_head(0xFFFEE000, kUndefined) +
      implicit_element(kSop, "6.6.6 ") + implicit_head(0x00081199, kUndefined) +
      implicit_element(0xFFFEE000, "anything") + implicit_head(0xFFFEE0DD, 0) +
      implicit_head(0xFFFEE00D, 0) + implicit_head(0xFFFEE0DD, 0);
  const auto parsed = QueryIdentifier::parse(nested + implicit_element(kNumber, "3 "),
                                             Encoding::kImplicitLittleEndian);
  REQUIRE(parsed);
  CHECK(parsed->text(kSop).empty());
  CHECK(parsed->text(kNumber) == "3");
  const auto explicit_sequence =
      QueryIdentifier::parse(tag(0x00081140) + "SQ" + number(0, 2) + number(8, 4) + "whatever" +
                                 explicit_element(kNumber, "IS", "3 "),
                             Encoding::kExplicitLittleEndian);
  REQUIRE(explicit_sequence);
  CHECK(explicit_sequence->text(kNumber) == "3");
}

TEST_CASE("query identifier: lengths that do not add up are refused") {
  for (const std::string& bytes :
       {std::string("\x08"), implicit_head(kSop, 4'000'000'000), implicit_head(kSop, 1),
        implicit_head(0x00081140, kUndefined), implicit_head(0xFFFEE0DD, 0),
        implicit_head(0x00081140, kUndefined) + implicit_head(0xFFFEE000, 9) + "12345678"}) {
    CHECK_FALSE(QueryIdentifier::parse(bytes, Encoding::kImplicitLittleEndian));
  }
  for (const std::string& bytes :
       {tag(0x00081140) + "SQ" + number(0, 2), tag(kSop) + "UI" + number(9, 2) + "1.2",
        tag(0x00081140) + "UN" + number(0, 2) + number(0xFFFFFFFE, 4)}) {
    CHECK_FALSE(QueryIdentifier::parse(bytes, Encoding::kExplicitLittleEndian));
  }
}
