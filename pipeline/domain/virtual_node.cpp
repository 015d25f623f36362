#include "pipeline/domain/virtual_node.h"

#include <fmt/format.h>

#include <algorithm>

namespace hilum {
namespace {

const std::string kShownMain = "main";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

Result<VirtualNode> VirtualNode::parse(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  if (name.empty()) return VirtualNode();
  const bool fit = name.size() <= kLongest && is_letter_or_digit(name.front()) &&
                   std::ranges::all_of(name, [](char c) {
                     return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
                   });
  if (fit && name != kShownMain) return VirtualNode(std::string(name));
  return Error{
      ErrorCode::kInvalidInput,
      fmt::format("'{}' is no name of a virtual node: allowed are 1 to {} letters, digits, "
                  "'.', '_' and '-', a letter or digit first, and not '{}'",
                  name.substr(0, kLongest), kLongest, kShownMain)};
}

const std::string& VirtualNode::shown() const { return is_main() ? kShownMain : name_; }

}  // namespace hilum
