#include "scp/commitment_report.h"

#include <doctest/doctest.h>

#include <string>

using namespace hilum;
using namespace hilum::scp;

namespace {

constexpr std::uint32_t kTransaction = 0x00081195;
constexpr std::uint32_t kReferenced = 0x00081199;
constexpr std::uint32_t kFailed = 0x00081198;
constexpr std::uint32_t kSopClass = 0x00081150;
constexpr std::uint32_t kSop = 0x00081155;
constexpr std::uint32_t kReason = 0x00081197;

std::string number(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
  return out;
}
std::string tag(std::uint32_t value) { return number(value >> 16, 2) + number(value & 0xFFFF, 2); }
std::string padded(std::string value) {
  if (value.size() % 2 != 0) value.push_back('\0');
  return value;
}

/// Writes data sets in one encoding, with lengths that are stated or not.
struct Writer {
  PlainEncoding encoding;
  bool undefined = false;

  [[nodiscard]] std::string element(std::uint32_t t, const char* vr,
                                    const std::string& text) const {
    const std::string value = padded(text);
    const auto size = static_cast<std::uint32_t>(value.size());
    if (encoding == PlainEncoding::kImplicitLittleEndian) return tag(t) + number(size, 4) + value;
    return tag(t) + vr + number(size, 2) + value;
  }
  [[nodiscard]] std::string item(const std::string& content) const {
    if (undefined) return tag(kItem) + number(kUndefinedLength, 4) + content + end(kItemEnd);
    return tag(kItem) + number(static_cast<std::uint32_t>(content.size()), 4) + content;
  }
  [[nodiscard]] std::string sequence(std::uint32_t t, const std::string& items) const {
    const bool is_explicit = encoding == PlainEncoding::kExplicitLittleEndian;
    const std::string head = tag(t) + (is_explicit ? std::string("SQ\0\0", 4) : std::string());
    if (undefined) return head + number(kUndefinedLength, 4) + items + end(kSequenceEnd);
    return head + number(static_cast<std::uint32_t>(items.size()), 4) + items;
  }
  [[nodiscard]] std::string transaction() const { return element(kTransaction, "UI", "2.25.9"); }
  [[nodiscard]] std::string object(const std::string& sop, const std::string& more = "") const {
    return item(element(kSopClass, "UI", "1.2.840.10008.5.1.4.1.1.66.4") +
                element(kSop, "UI", sop) + more);
  }
  [[nodiscard]] std::string failed(const std::string& sop, std::uint16_t reason) const {
    return object(sop, element(kReason, "US", number(reason, 2)));
  }
  static std::string end(std::uint32_t t) { return tag(t) + number(0, 4); }
};

std::vector<Writer> writers() {
  std::vector<Writer> all;
  for (const auto encoding :
       {PlainEncoding::kImplicitLittleEndian, PlainEncoding::kExplicitLittleEndian}) {
    all.push_back({encoding, false});
    all.push_back({encoding, true});
  }
  return all;
}

std::string complaint(const std::string& bytes, PlainEncoding encoding) {
  const auto report = parse_commitment_report(bytes, encoding);
  REQUIRE_FALSE(report);
  CHECK(report.error().code == ErrorCode::kInvalidInput);
  return report.error().message;
}

}  // namespace

TEST_CASE("commitment report: what is committed and what is not, in every way of writing it") {
  for (const Writer& w : writers()) {
    const auto report =
        parse_commitment_report(w.transaction() + w.sequence(kFailed, w.failed("1.2.3", 0x0112)) +
                                    w.sequence(kReferenced, w.object("1.2.1") + w.object("1.2.22")),
                                w.encoding);
    REQUIRE_MESSAGE(report, report.error().message);
    CHECK(report->transaction.str() == "2.25.9");
    REQUIRE(report->committed.size() == 2);
    CHECK(report->committed[0].str() == "1.2.1");
    CHECK(report->committed[1].str() == "1.2.22");
    CHECK(report->failed == std::vector<NotCommitted>{{*SopInstanceUid::parse("1.2.3"), 0x0112}});
  }
}

TEST_CASE("commitment report: what it does not need may be there, or not") {
  for (const Writer& w : writers()) {
    const std::string nested = w.sequence(0x00400260, w.item(w.element(kSop, "UI", "9.9")));
    const auto report = parse_commitment_report(
        w.element(0x00080054, "AE", "STORE") + nested + w.transaction() +
            w.sequence(kReferenced, w.object("1.2.1", nested)) + w.element(0x7FE10010, "LO", "x"),
        w.encoding);
    REQUIRE_MESSAGE(report, report.error().message);
    CHECK(report->committed == std::vector{*SopInstanceUid::parse("1.2.1")});
    CHECK(report->failed.empty());
    const auto empty = parse_commitment_report(w.transaction(), w.encoding);
    REQUIRE(empty);
    CHECK(empty->committed.empty());
    // A reason of another size is none.
    const auto odd = parse_commitment_report(
        w.transaction() + w.sequence(kFailed, w.object("1.2.3", w.element(kReason, "US", "abcd"))),
        w.encoding);
    REQUIRE(odd);
    CHECK(odd->failed.at(0).reason == 0);
  }
}

TEST_CASE("commitment report: what is missing or malformed is named") {
  for (const Writer& w : writers()) {
    const auto says = [&](const std::string& bytes, const char* part) {
      const auto said = complaint(bytes, w.encoding);
      CAPTURE(said);
      CHECK(said.find(part) != std::string::npos);
    };
    says("", "no Transaction UID");
    says(w.sequence(kReferenced, w.object("1.2.1")), "no Transaction UID");
    says(w.element(kTransaction, "UI", "../x"), "Transaction UID");
    says(w.element(kTransaction, "UI", ""), "Transaction UID");
    says(w.element(kTransaction, "UI", std::string(65, '1')), "Transaction UID");
    says(w.transaction() + w.sequence(kReferenced, w.item("")), "without a SOP Instance UID");
    says(w.transaction() + w.sequence(kReferenced, w.object("x")), "SOP Instance UID");
    says(w.transaction() + w.sequence(kReferenced, w.transaction()), "something else than items");
  }
}

TEST_CASE("commitment report: every cut ends in a complaint or a shorter report") {
  for (const Writer& w : writers()) {
    const std::string whole = w.transaction() +
                              w.sequence(kReferenced, w.object("1.2.1") + w.object("1.2.2")) +
                              w.sequence(kFailed, w.failed("1.2.3", 0x0110));
    const std::size_t first = w.transaction().size();
    const std::size_t second = whole.size() - w.sequence(kFailed, w.failed("1.2.3", 0x0110)).size();
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAPTURE(size);
      const auto report = parse_commitment_report(whole.substr(0, size), w.encoding);
      CHECK(report.has_value() == (size == first || size == second));
    }
    // Every length that says more than there is.
    for (std::size_t at = 0; at + 4 <= whole.size(); ++at) {
      std::string grown = whole;
      grown.replace(at, 4, number(0xFFFFFFF0, 4));
      (void)parse_commitment_report(grown, w.encoding);
    }
  }
}

TEST_CASE("commitment report: sequences without end, however deep, end with the bytes") {
  const Writer w{PlainEncoding::kExplicitLittleEndian, true};
  std::string deep = w.transaction();
  for (int level = 0; level < 30'000; ++level) {
    deep += tag(kReferenced) + std::string("SQ\0\0", 4) + number(kUndefinedLength, 4) + tag(kItem) +
            number(kUndefinedLength, 4);
  }
  CHECK(complaint(deep, w.encoding).find("ends within a sequence") != std::string::npos);
}

TEST_CASE("commitment report: more objects than any request has are too many") {
  const Writer w{PlainEncoding::kImplicitLittleEndian};
  std::string items;
  for (std::size_t i = 0; i < kMostReportedObjects; ++i) items += w.object("1.2.3");
  const auto full =
      parse_commitment_report(w.transaction() + w.sequence(kReferenced, items), w.encoding);
  REQUIRE(full);
  CHECK(full->committed.size() == kMostReportedObjects);
  const auto more = parse_commitment_report(
      w.transaction() + w.sequence(kReferenced, items) + w.sequence(kFailed, w.failed("1.2.4", 1)),
      w.encoding);
  REQUIRE_FALSE(more);
  CHECK(more.error().code == ErrorCode::kNoSpace);
}
