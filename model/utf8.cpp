#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "model/unicode.h"

namespace hilum::model {
namespace {

/// A lead byte's number of continuation bytes, its payload bits and the smallest code point that
/// needs so many.
struct Lead {
  std::uint8_t mask;
  std::uint8_t value;
  int continuations;
  char32_t smallest;
};
constexpr std::array kLeads{Lead{0x80, 0x00, 0, 0}, Lead{0xe0, 0xc0, 1, 0x80},
                            Lead{0xf0, 0xe0, 2, 0x800}, Lead{0xf8, 0xf0, 3, 0x10000}};

/// The character at `at`, which moves behind it; false when it is malformed.
bool read_character(std::string_view text, std::size_t& at, char32_t& character) {
  const auto first = static_cast<std::uint8_t>(text[at]);
  for (const Lead& lead : kLeads) {
    if ((first & lead.mask) != lead.value) continue;
    if (text.size() - at <= static_cast<std::size_t>(lead.continuations)) return false;
    character = first & static_cast<std::uint8_t>(~lead.mask);
    ++at;
    for (int i = 0; i < lead.continuations; ++i, ++at) {
      const auto next = static_cast<std::uint8_t>(text[at]);
      if ((next & 0xc0U) != 0x80U) return false;
      character = character << 6U | (next & 0x3fU);
    }
    const bool surrogate = character >= 0xd800 && character <= 0xdfff;
    return character >= lead.smallest && character <= 0x10ffff && !surrogate;
  }
  return false;
}

}  // namespace

Result<std::u32string> from_utf8(std::string_view text) {
  std::u32string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    char32_t character = 0;
    if (!read_character(text, at, character)) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("the text is not UTF-8 at byte {}: write it in UTF-8", start)};
    }
    result += character;
  }
  return result;
}

std::string to_utf8(std::u32string_view text) {
  std::string result;
  for (const char32_t character : text) {
    int continuations = 0;
    while (continuations < 3 &&
           character >= kLeads[static_cast<std::size_t>(continuations) + 1].smallest) {
      ++continuations;
    }
    const Lead& lead = kLeads[static_cast<std::size_t>(continuations)];
    result += static_cast<char>(lead.value | character >> (6 * continuations));
    for (int i = continuations - 1; i >= 0; --i) {
      result += static_cast<char>(0x80U | ((character >> (6 * i)) & 0x3fU));
    }
  }
  return result;
}

std::string folded(std::string_view text) {
  auto characters = from_utf8(text);
  return characters ? to_utf8(lower_case(*characters)) : std::string(text);
}

}  // namespace hilum::model
