#include "scp/commitment_report.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "scp/command_set.h"

namespace hilum::scp {
namespace {

constexpr std::uint32_t kReferencedSop = 0x00081155;
constexpr std::uint32_t kTransaction = 0x00081195;
constexpr std::uint32_t kFailureReason = 0x00081197;
constexpr std::uint32_t kFailedSequence = 0x00081198;
constexpr std::uint32_t kReferencedSequence = 0x00081199;

Error invalid(std::string_view what) {
  return {ErrorCode::kInvalidInput, fmt::format("the report {}", what)};
}

/// How many bytes a value of undefined length has, without its delimiter. Counts the sequences and
/// items within it instead of calling itself for them.
Result<std::size_t> undefined_length(std::string_view bytes, PlainEncoding encoding) {
  std::size_t open = 0;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto head = element_head(bytes.substr(at), encoding);
    if (!head) return head.error();
    const bool ends = head->tag == kItemEnd || head->tag == kSequenceEnd;
    if (ends && open == 0) return at;
    at += head->size;
    if (ends) {
      --open;
    } else if (head->length == kUndefinedLength) {
      ++open;
    } else if (head->length > bytes.size() - at) {
      return invalid("has an element that is longer than what is left");
    } else {
      at += head->length;
    }
  }
  return invalid("ends within a sequence");
}

/// Takes the next element off the front of `bytes`.
struct Element {
  std::uint32_t tag;
  std::string_view value;
};
Result<Element> take_element(std::string_view& bytes, PlainEncoding encoding) {
  constexpr std::size_t kDelimiterBytes = 8;
  const auto head = element_head(bytes, encoding);
  if (!head) return head.error();
  bytes.remove_prefix(head->size);
  std::size_t length = head->length;
  std::size_t behind = 0;
  if (head->length == kUndefinedLength) {
    auto found = undefined_length(bytes, encoding);
    if (!found) return std::move(found).error();
    length = *found;
    behind = kDelimiterBytes;
  }
  if (length > bytes.size()) {
    return invalid(fmt::format("has an element ({:08x}) of {} bytes where {} are left", head->tag,
                               length, bytes.size()));
  }
  const Element element{head->tag, bytes.substr(0, length)};
  bytes.remove_prefix(length + behind);
  return element;
}

template <class Take>
Status for_each_element(std::string_view bytes, PlainEncoding encoding, const Take& take) {
  while (!bytes.empty()) {
    auto element = take_element(bytes, encoding);
    if (!element) return std::move(element).error();
    if (auto taken = take(*element); !taken) return taken;
  }
  return ok();
}

/// An item of either sequence; only failed objects have a reason.
Result<NotCommitted> read_object(std::string_view item, PlainEncoding encoding) {
  std::optional<SopInstanceUid> sop;
  std::uint16_t reason = 0;
  auto read = for_each_element(item, encoding, [&](const Element& element) -> Status {
    if (element.tag == kReferencedSop) {
      auto uid = SopInstanceUid::parse(element.value);
      if (!uid) return std::move(uid).error();
      sop = std::move(*uid);
    } else if (element.tag == kFailureReason && element.value.size() == 2) {
      reason = static_cast<std::uint16_t>(little_endian(element.value));
    }
    return ok();
  });
  if (!read) return std::move(read).error();
  if (!sop) return invalid("has an object without a SOP Instance UID");
  return NotCommitted{std::move(*sop), reason};
}

template <class Take>
Status for_each_object(std::string_view sequence, PlainEncoding encoding, const Take& take) {
  return for_each_element(sequence, encoding, [&](const Element& item) -> Status {
    if (item.tag != kItem) return invalid("has a sequence of something else than items");
    auto object = read_object(item.value, encoding);
    if (!object) return std::move(object).error();
    return take(std::move(*object));
  });
}

}  // namespace

Result<CommitmentReport> parse_commitment_report(std::string_view bytes, PlainEncoding encoding) {
  std::optional<TransactionUid> transaction;
  std::vector<SopInstanceUid> committed;
  std::vector<NotCommitted> failed;
  const auto has_room = [&]() -> Status {
    if (committed.size() + failed.size() < kMostReportedObjects) return ok();
    return Error{ErrorCode::kNoSpace,
                 fmt::format("the report is about more than {} objects", kMostReportedObjects)};
  };
  auto read = for_each_element(bytes, encoding, [&](const Element& element) -> Status {
    if (element.tag == kTransaction) {
      auto uid = TransactionUid::parse(element.value);
      if (!uid) return std::move(uid).error();
      transaction = std::move(*uid);
      return ok();
    }
    if (element.tag == kReferencedSequence) {
      return for_each_object(element.value, encoding, [&](NotCommitted object) -> Status {
        if (auto room = has_room(); !room) return room;
        committed.push_back(std::move(object.sop));
        return ok();
      });
    }
    if (element.tag == kFailedSequence) {
      return for_each_object(element.value, encoding, [&](NotCommitted object) -> Status {
        if (auto room = has_room(); !room) return room;
        failed.push_back(std::move(object));
        return ok();
      });
    }
    return ok();
  });
  if (!read) return std::move(read).error();
  if (!transaction) return invalid("has no Transaction UID");
  return CommitmentReport{std::move(*transaction), std::move(committed), std::move(failed)};
}

}  // namespace hilum::scp
