#include "dicomseg/element_encoding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hilum::dicomseg {

Encoding encoding_of(std::string_view transfer_syntax) {
  if (transfer_syntax == "1.2.840.10008.1.2") return kImplicitLittle;
  if (transfer_syntax == "1.2.840.113619.5.2") return kImplicitLittle;  // private, of GE
  if (transfer_syntax == "1.2.840.10008.1.2.2") return {Vr::kExplicit, Order::kBig};
  return {};
}

bool is_deflated(std::string_view transfer_syntax) {
  return transfer_syntax == "1.2.840.10008.1.2.1.99" ||  // Explicit VR Little Endian
         transfer_syntax == "1.2.840.10008.1.2.4.95" ||  // JPIP Referenced
         transfer_syntax == "1.2.840.10008.1.2.4.205";   // JPIP HTJ2K Referenced
}

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

bool has_long_length(std::string_view vr) {
  constexpr std::array<std::string_view, 21> kShort{"AE", "AS", "AT", "CS", "DA", "DS", "DT",
                                                    "FD", "FL", "IS", "LO", "LT", "PN", "SH",
                                                    "SL", "SS", "ST", "TM", "UI", "UL", "US"};
  return is_capital(vr[0]) && is_capital(vr[1]) && std::ranges::find(kShort, vr) == kShort.end();
}

std::uint32_t number(std::span<const std::byte> bytes, Order order) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t at = order == Order::kBig ? i : bytes.size() - 1 - i;
    value = (value << 8U) | std::to_integer<std::uint32_t>(bytes[at]);
  }
  return value;
}

ElementTag tag_in(std::span<const std::byte, 4> bytes, Order order) {
  return {static_cast<std::uint16_t>(number(bytes.first<2>(), order)),
          static_cast<std::uint16_t>(number(bytes.last<2>(), order))};
}

std::string unpadded(std::span<const std::byte> bytes) {
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.pop_back();
  return text;
}

std::string to_string(ElementTag tag) {
  return fmt::format("({:04X},{:04X})", tag.group, tag.element);
}

}  // namespace hilum::dicomseg
