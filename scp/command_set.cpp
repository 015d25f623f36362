#include "scp/command_set.h"

#include <fmt/format.h>

#include <cstddef>

namespace hilum::scp {

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8U | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

Result<CommandSet> CommandSet::parse(std::string_view bytes) {
  constexpr std::size_t kHeader = 8;  // group, element, length
  CommandSet command;
  while (!bytes.empty()) {
    if (bytes.size() < kHeader) {
      return Error{ErrorCode::kInvalidInput, "the command set ends within the head of an element"};
    }
    const std::uint32_t group = little_endian(bytes.substr(0, 2));
    const auto element = static_cast<std::uint16_t>(little_endian(bytes.substr(2, 2)));
    const std::uint32_t length = little_endian(bytes.substr(4, 4));
    bytes.remove_prefix(kHeader);
    if (length > bytes.size()) {
      return Error{
          ErrorCode::kInvalidInput,
          fmt::format("the command set has an element ({:04x},{:04x}) of {} bytes where {} "
                      "are left",
                      group, element, length, bytes.size())};
    }
    if (group == 0) command.elements_.try_emplace(element, bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return command;
}

std::optional<std::uint16_t> CommandSet::number(std::uint16_t element) const {
  const std::string_view bytes = text(element);
  if (bytes.size() != 2) return {};
  return static_cast<std::uint16_t>(little_endian(bytes));
}

std::string_view CommandSet::text(std::uint16_t element) const {
  const auto found = elements_.find(element);
  return found == elements_.end() ? std::string_view{} : std::string_view(found->second);
}

std::string_view without_padding(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  return text;
}

}  // namespace hilum::scp
