#include "pipeline/domain/commitment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace hilum {
namespace {

struct Reason {
  std::uint16_t code;
  std::string_view meaning;
  bool sending_can_help;
};
constexpr std::array kReasons{
    Reason{0x0000, "not in the report", true},
    Reason{0x0110, "processing failure", true},
    Reason{0x0112, "no such object instance", true},
    Reason{0x0213, "resource limitation", true},
    Reason{0x0122, "SOP class not supported", false},
    Reason{0x0119, "class and instance conflict", false},
    Reason{0x0131, "duplicate transaction UID", true},
};

const Reason* find_reason(std::uint16_t code) {
  const auto* found = std::ranges::find(kReasons, code, &Reason::code);
  return found == kReasons.end() ? nullptr : found;
}

}  // namespace

std::string reason_in_words(std::uint16_t reason) {
  const Reason* known = find_reason(reason);
  if (reason == 0) return std::string(known->meaning);
  return fmt::format("{} ({:04X})", known != nullptr ? known->meaning : "unknown reason", reason);
}

bool sending_can_help(std::uint16_t reason) {
  const Reason* known = find_reason(reason);
  return known == nullptr || known->sending_can_help;
}

}  // namespace hilum
