#include "scp/query_identifier.h"

#include <fmt/format.h>

#include <cstddef>

#include "scp/command_set.h"

namespace hilum::scp {

Result<QueryIdentifier> QueryIdentifier::parse(std::string_view bytes, Encoding encoding) {
  QueryIdentifier identifier;
  std::size_t open = 0;  // sequences and items of undefined length that we are within
  while (!bytes.empty()) {
    const auto head = element_head(bytes, encoding);
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
