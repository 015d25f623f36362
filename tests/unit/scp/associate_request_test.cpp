#include "scp/associate_request.h"

#include <doctest/doctest.h>

#include <string>

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

Status check(const std::string& body) {
  return check_associate_request(std::as_bytes(std::span(body)));
}

std::string complaint(const std::string& body) {
  const auto checked = check(body);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == ErrorCode::kInvalidInput);
  return checked.error().message;
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("associate request: what the standard allows passes, unknown items too") {
  CHECK(check(kFixed + kApplication + kContext + kUser));
  CHECK(check(kFixed + kApplication + kContext + kContext + item(0x77, "later") + kUser));
  CHECK(check(kFixed + kApplication + item(0x20, kId + kAbstract + kTransfer + kTransfer) + kUser));
  CHECK(check(kFixed + kApplication + kContext));
  CHECK(check(kFixed + kApplication + kContext +
              item(0x50, item(0x51, "....") + item(0x59, "new") + item(0x52, ""))));
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
  CHECK(has(complaint(kFixed + kApplication + item(0x20, kId + item(0x30, "") + kTransfer)),
            "a syntax without a name"));
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
