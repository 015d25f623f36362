#include "dicomseg/element_encoding.h"

#include <doctest/doctest.h>

#include <array>

using namespace hilum;
using namespace hilum::dicomseg;

TEST_CASE("element encoding: each transfer syntax has one; what is encapsulated is explicit") {
  const auto is = [](const char* syntax, Vr vr, Order order) {
    const Encoding encoding = encoding_of(syntax);
    return encoding.vr == vr && encoding.order == order;
  };
  CHECK(is("1.2.840.10008.1.2", Vr::kImplicit, Order::kLittle));
  CHECK(is("1.2.840.10008.1.2.1", Vr::kExplicit, Order::kLittle));
  CHECK(is("1.2.840.10008.1.2.2", Vr::kExplicit, Order::kBig));
  CHECK(is("1.2.840.10008.1.2.4.90", Vr::kExplicit, Order::kLittle));
  CHECK(is_deflated("1.2.840.10008.1.2.1.99"));
  CHECK_FALSE(is_deflated("1.2.840.10008.1.2.1"));
}

TEST_CASE("element encoding: which VRs have 32 bits of length") {
  for (const char* vr : {"OB", "OW", "SQ", "UN", "UT", "UC", "ZZ"}) CHECK(has_long_length(vr));
  for (const char* vr : {"UI", "DS", "US", "SH", "zz", "1?"}) CHECK_FALSE(has_long_length(vr));
}

TEST_CASE("element encoding: numbers and tags in both orders") {
  constexpr std::array bytes{std::byte{0x08}, std::byte{0x00}, std::byte{0x18}, std::byte{0x80}};
  CHECK(number(bytes, Order::kLittle) == 0x80180008);
  CHECK(number(bytes, Order::kBig) == 0x08001880);
  const ElementTag little = tag_in(bytes, Order::kLittle);
  CHECK(little.group == 0x0008);
  CHECK(little.element == 0x8018);
  const ElementTag big = tag_in(bytes, Order::kBig);
  CHECK(big.group == 0x0800);
  CHECK(big.element == 0x1880);
}

TEST_CASE("element encoding: padding goes, blanks within stay") {
  const auto text = [](std::string_view raw) { return unpadded(std::as_bytes(std::span(raw))); };
  CHECK(text("1.2.3\0") == "1.2.3");
  CHECK(text(std::string_view("1.2\0\0", 5)) == "1.2");
  CHECK(text("a b  ") == "a b");
  CHECK(text("").empty());
}
