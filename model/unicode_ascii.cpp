#include <fmt/format.h>

#include "model/unicode.h"

/// For builds without ICU: ASCII text only, everything else is refused by `compose`.
namespace hilum::model {
namespace {

bool within(char32_t character, char32_t low, char32_t high) {
  return character >= low && character <= high;
}

char32_t lower(char32_t character) {
  return within(character, U'A', U'Z') ? character + (U'a' - U'A') : character;
}

}  // namespace

CharClass char_class(char32_t character) {
  if (character == U' ' || within(character, 0x09, 0x0d)) return CharClass::kSpace;
  if (within(lower(character), U'a', U'z')) return CharClass::kLetter;
  return within(character, U'0', U'9') ? CharClass::kNumber : CharClass::kOther;
}

Result<std::u32string> compose(std::u32string_view text) {
  for (const char32_t character : text) {
    if (character < 0x80) continue;
    return Error{ErrorCode::kUnsupported,
                 fmt::format("U+{:04X} is not ASCII, which is all that this build knows: use a "
                             "build with ICU (HILUM_WITH_ICU)",
                             static_cast<std::uint32_t>(character))};
  }
  return std::u32string(text);
}

std::u32string lower_case(std::u32string_view text) {
  std::u32string result(text);
  for (char32_t& character : result) character = lower(character);
  return result;
}

}  // namespace hilum::model
