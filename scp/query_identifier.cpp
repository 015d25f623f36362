#include "scp/query_identifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "scp/command_set.h"

namespace hilum::scp {
namespace {

constexpr std::uint32_t kUndefinedLength = 0xFFFFFFFF;
constexpr std::uint32_t kItem = 0xFFFEE000;
constexpr std::uint32_t kItemEnd = 0xFFFEE00D;
constexpr std::uint32_t kSequenceEnd = 0xFFFEE0DD;

struct Head {
  std::uint32_t tag;
  std::uint32_t length;
  std::size_t size;  ///< of the head itself
};

Error cut_off() {
  return {ErrorCode::kInvalidInput, "the identifier ends within the head of an element"};
}

/// VRs whose length has four bytes (PS3.5 7.1.2).
bool has_long_length(std::string_view vr) {
  constexpr std::array<std::string_view, 13> kLong{"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                                   "SV", "UC", "UN", "UR", "UT", "UV"};
  return std::ranges::find(kLong, vr) != kLong.end();
}

Result<Head> head_of(std::string_view bytes, QueryIdentifier::Encoding encoding) {
  constexpr std::size_t kShort = 8;
  constexpr std::size_t kLong = 12;
  if (bytes.size() < kShort) return cut_off();
  const std::uint32_t tag =
      little_endian(bytes.substr(0, 2)) << 16U | little_endian(bytes.substr(2, 2));
  const bool is_delimiter = tag == kItem || tag == kItemEnd || tag == kSequenceEnd;
  if (is_delimiter || encoding == QueryIdentifier::Encoding::kImplicitLittleEndian) {
    return Head{tag, little_endian(bytes.substr(4, 4)), kShort};
  }
  if (!has_long_length(bytes.substr(4, 2))) {
    return Head{tag, little_endian(bytes.substr(6, 2)), kShort};
  }
  if (bytes.size() < kLong) return cut_off();
  return Head{tag, little_endian(bytes.substr(8, 4)), kLong};
}

}  // namespace

Result<QueryIdentifier> QueryIdentifier::parse(std::string_view bytes, Encoding encoding) {
  QueryIdentifier identifier;
  std::size_t open = 0;  // sequences and items of undefined length that we are within
  while (!bytes.empty()) {
    const auto head = head_of(bytes, encoding);
    if (!head) return head.error();
    bytes.remove_prefix(head->size);
    if (head->tag == kItemEnd || head->tag == kSequenceEnd) {
      if (open == 0) {
        return Error{ErrorCode::kInvalidInput, "the identifier ends a sequence that has not begun"};
      }
      --open;
      continue;
    }
    if (head->length == kUndefinedLength) {
      ++open;
      continue;
    }
    if (head->length > bytes.size()) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("the identifier has an element ({:08x}) of {} bytes where {} are "
                               "left",
                               head->tag, head->length, bytes.size())};
    }
    if (open == 0) identifier.elements_.try_emplace(head->tag, bytes.substr(0, head->length));
    bytes.remove_prefix(head->length);
  }
  if (open != 0) {
    return Error{ErrorCode::kInvalidInput, "the identifier ends within a sequence"};
  }
  return identifier;
}

std::string_view QueryIdentifier::text(std::uint32_t tag) const {
  const auto found = elements_.find(tag);
  if (found == elements_.end()) return {};
  std::string_view value = without_padding(found->second);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  return value;
}

}  // namespace hilum::scp
