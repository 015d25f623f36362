#include "scp/associate_request.h"

#include <doctest/doctest.h>

#include <string>

#include "scp/pdu.h"

using namespace hilum;
using namespace hilum::scp;

namespace {

std::string item(int type, const std::string& value) {
  return std::string{static_cast<char>(type), '\0', static_cast<char>(value.size() >> 8U),
                     static_cast<char>(value.size() & 0xFFU)} +
         value;
}

const std::string kFixed =
    std::string("\0\1\0\0", 4) + std::string(32, 'A') + std::string(32, '\0');
const std::string kApplication = item(0x10, "1.2.840.10008.3.1.1.1");
const std::string kId("\1\0\0\0", 4);
const std::string kAbstract = item(0x30, "1.2.840.10008.1.1");
const std::string kTransfer = item(0x40, "1.2.840.10008.1.2");
const std::string kContext = item(0x20, kId + kAbstract + kTransfer);
const std::string kUser = item(0x50, item(0x51, std::string("\0\0\x40\0", 4)));

Result<std::vector<std::byte>> check(const std::string& body) {
  return reduced_associate_request(std::as_bytes(std::span(body)));
}

std::string reduced(const std::string& body) {
  const auto result = check(body);
  REQUIRE(result);
  return {reinterpret_cast<const char*>(result->data()), result->size()};
}

std::string complaint(const std::string& body) {
  const auto checked = check(body);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == ErrorCode::kInvalidInput);
  return checked.error().message;
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("associate request: what is used stays as it is") {
  const std::string whole = kFixed + kApplication + kContext + kUser;
  CHECK(reduced(whole) == whole);
  const std::string two = kFixed + kApplication + kContext +
                          item(0x20, kId + kAbstract + kTransfer + kTransfer) +
                          item(0x50, item(0x51, "....") + item(0x52, "1.2.3") + item(0x55, "V"));
  CHECK(reduced(two) == two);
  CHECK(reduced(kFixed + kApplication + kContext) == kFixed + kApplication + kContext);
}

TEST_CASE("associate request: what is not used, or unknown, is left out however it is built") {
  const std::string whole = kFixed + kApplication + kContext + kUser;
  CHECK(reduced(kFixed + kApplication + item(0x77, "later") + kContext + kUser) == whole);
  // An identity whose inner length says 13 060 bytes (found by fuzzing: DCMTK leaks), roles, and so
  // on.
  const std::string identity = item(0x58, std::string("\1\1\x33\x04user\0\0", 10));
  CHECK(reduced(kFixed + kApplication + kContext +
                item(0x50, item(0x51, std::string("\0\0\x40\0", 4)) + identity + item(0x54, "") +
                               item(0x59, "new"))) == whole);
  CHECK(reduced(kFixed + kApplication + item(0x20, kId + kAbstract + item(0x41, "x") + kTransfer) +
                kUser) == whole);
  const std::string long_version = item(0x50, item(0x55, std::string(200, 'v')));
  CHECK(reduced(kFixed + kApplication + kContext + long_version) ==
        kFixed + kApplication + kContext + item(0x50, item(0x55, std::string(16, 'v'))));
}

TEST_CASE("associate request: the role in storage commitment stays, once, and no other") {
  const auto role = [](const std::string& uid, const std::string& roles) {
    return item(0x54, std::string{'\0', static_cast<char>(uid.size())} + uid + roles);
  };
  const std::string commitment = "1.2.840.10008.1.20.1";
  const std::string scp("\0\1", 2);
  const std::string scu("\1\0", 2);
  const auto with = [](const std::string& items) {
    return kFixed + kApplication + kContext + item(0x50, items);
  };
  CHECK(reduced(with(role(commitment, scp))) == with(role(commitment, scp)));
  CHECK(reduced(with(role("1.2.840.10008.5.1.4.1.1.2", scp) + role(commitment, scp) +
                     role(commitment, scu))) == with(role(commitment, scp)));
  for (const std::string& value :
       {std::string(), std::string("\0", 1), std::string("\0\0\1", 3),
        std::string("\0\x15", 2) + commitment + scp, std::string("\0\x13", 2) + commitment + scp,
        std::string("\xFF\xFF", 2) + commitment + scp,
        std::string("\0\x14", 2) + commitment + std::string("\2\0", 2)}) {
    CHECK(reduced(with(item(0x54, value) + role(commitment, scp))) == with(role(commitment, scp)));
  }
}

TEST_CASE("associate request: AE titles end at the first NUL and are padded with blanks") {
  const auto with_titles = [](const std::string& called, const std::string& calling) {
    return std::string("\0\1\0\0", 4) + called + calling + std::string(32, '\0') + kApplication +
           kContext;
  };
  const std::string nul_padded = "NODE" + std::string(12, '\0');
  const std::string padded = "NODE" + std::string(12, ' ');
  CHECK(reduced(with_titles(nul_padded, padded)) == with_titles(padded, padded));
  const std::string blank(16, ' ');
  const std::string no_title = std::string(kNoTitle) + std::string(15, ' ');
  CHECK(reduced(with_titles(blank, padded)) == with_titles(no_title, padded));
  CHECK(reduced(with_titles(padded, std::string(16, '\0'))) == with_titles(padded, no_title));
  // What a caller's buffer held before.
  const std::string left_over = std::string("NODE\0\x7F\1junk", 11) + std::string(5, '\xFF');
  CHECK(reduced(with_titles(left_over, padded)) == with_titles(padded, padded));
  const std::string leading = "  NODE" + std::string(10, ' ');
  CHECK(reduced(with_titles(leading, padded)) == with_titles(leading, padded));
  const std::string broken = std::string("NO\nDE", 5) + std::string(11, ' ');
  CHECK(has(complaint(with_titles(padded, broken)), "a calling AE title with control characters"));
}

TEST_CASE("associate request: a header is written as it is read") {
  const PduHeader header{.type = 1, .length = 0x01020304};
  const auto bytes = encode(header);
  CHECK(parse_pdu_header(bytes).type == 1);
  CHECK(parse_pdu_header(bytes).length == 0x01020304);
  CHECK(bytes[2] == std::byte{1});
}

TEST_CASE("associate request: what is not built as the standard says is named") {
  CHECK(has(complaint(""), "shorter than its fixed fields"));
  CHECK(has(complaint(kFixed), "0 application contexts, 0 presentation contexts"));
  CHECK(has(complaint(kFixed + kApplication + kUser), "0 presentation contexts"));
  CHECK(has(complaint(kFixed + kApplication + kApplication + kContext), "2 application contexts"));
  CHECK(has(complaint(kFixed + kApplication + kContext + kUser + kUser), "2 user information"));
  CHECK(has(complaint(kFixed + kApplication + item(0x20, "")), "without an ID"));
  CHECK(has(complaint(kFixed + kApplication + item(0x20, kId + kTransfer)),
            "0 abstract and 1 transfer"));
  CHECK(has(complaint(kFixed + kApplication + item(0x20, kId + kAbstract)),
            "1 abstract and 0 transfer"));
  CHECK(has(complaint(kFixed + kApplication + kContext + item(0x50, item(0x51, "..."))),
            "no proper maximum length"));
  CHECK(has(complaint(kFixed + item(0x10, std::string(65, '1')) + kContext), "of 65 bytes"));
  CHECK(has(complaint(kFixed + kApplication + item(0x20, kId + item(0x30, "") + kTransfer)),
            "a syntax of 0 bytes"));
}

TEST_CASE("associate request: every cut ends in a complaint, never beyond the bytes") {
  const std::string whole = kFixed + kApplication + kContext + kUser;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    // Without the user information, which is optional here, it is a complete request.
    if (size == whole.size() - kUser.size()) continue;
    (void)complaint(whole.substr(0, size));
  }
  // A length of an inner item that goes beyond its parent, but not beyond the request.
  std::string grown = whole;
  const auto at = grown.find(kTransfer);
  grown[at + 3] = static_cast<char>(grown[at + 3] + 4);
  CHECK(has(complaint(grown), "of a presentation context"));
}
