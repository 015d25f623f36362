#include "scp/element_head.h"

#include <doctest/doctest.h>

#include <string>

using namespace hilum;
using namespace hilum::scp;
using namespace std::string_literals;

namespace {

constexpr auto kExplicit = PlainEncoding::kExplicitLittleEndian;
constexpr auto kImplicit = PlainEncoding::kImplicitLittleEndian;

void check(const std::string& bytes, PlainEncoding encoding, const ElementHead& expected) {
  const auto head = element_head(bytes + "what follows", encoding);
  REQUIRE_MESSAGE(head, head.error().message);
  CHECK(head->tag == expected.tag);
  CHECK(head->length == expected.length);
  CHECK(head->size == expected.size);
  // Not a byte less will do.
  for (std::size_t size = 0; size < expected.size; ++size) {
    const auto cut = element_head(bytes.substr(0, size), encoding);
    REQUIRE_FALSE(cut);
    CHECK(cut.error().code == ErrorCode::kInvalidInput);
  }
}

}  // namespace

TEST_CASE("element head: explicit lengths of two and of four bytes, implicit ones of four") {
  check("\x08\x00\x95\x11UI\x2a\x01"s, kExplicit, {0x00081195, 0x012A, 8});
  check("\x08\x00\x99\x11SQ\0\0\xff\xff\xff\xff"s, kExplicit, {0x00081199, kUndefinedLength, 12});
  check("\x08\x00\x99\x11UN\0\0\x01\x02\x03\x04"s, kExplicit, {0x00081199, 0x04030201, 12});
  check("\x08\x00\x95\x11\x2a\x00\x01\x00"s, kImplicit, {0x00081195, 0x0001002A, 8});
}

TEST_CASE("element head: delimiters have no value representation in either encoding") {
  for (const auto encoding : {kExplicit, kImplicit}) {
    check("\xfe\xff\x00\xe0\x10\x00\x00\x00"s, encoding, {kItem, 16, 8});
    check("\xfe\xff\x0d\xe0\0\0\0\0"s, encoding, {kItemEnd, 0, 8});
    check("\xfe\xff\xdd\xe0\0\0\0\0"s, encoding, {kSequenceEnd, 0, 8});
  }
}

TEST_CASE("element head: a value representation of the future has a length of four bytes") {
  check("\x09\x00\x01\x10ZZ\0\0\x08\0\0\0"s, kExplicit, {0x00091001, 8, 12});  // PS3.5 6.2.2
}
