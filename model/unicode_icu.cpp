#include <fmt/format.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "model/unicode.h"

namespace hilum::model {
namespace {

icu::UnicodeString to_icu(std::u32string_view text) {
  static_assert(sizeof(char32_t) == sizeof(UChar32));
  return icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()),
                                       static_cast<std::int32_t>(text.size()));
}

std::u32string from_icu(const icu::UnicodeString& text) {
  std::u32string result;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    result += static_cast<char32_t>(text.char32At(i));
  }
  return result;
}

}  // namespace

CharClass char_class(char32_t character) {
  const auto code = static_cast<UChar32>(character);
  if (u_isUWhiteSpace(code)) return CharClass::kSpace;
  const auto category = U_GET_GC_MASK(code);
  if ((category & U_GC_L_MASK) != 0) return CharClass::kLetter;
  return (category & U_GC_N_MASK) != 0 ? CharClass::kNumber : CharClass::kOther;
}

Result<std::u32string> compose(std::u32string_view text) {
  UErrorCode failure = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(failure);
  icu::UnicodeString composed;
  if (U_SUCCESS(failure)) composed = nfc->normalize(to_icu(text), failure);
  if (U_FAILURE(failure)) {
    return Error{ErrorCode::kInternal,
                 fmt::format("cannot normalise text: ICU says {}; reinstall its data files",
                             u_errorName(failure))};
  }
  return from_icu(composed);
}

std::u32string lower_case(std::u32string_view text) {
  return from_icu(to_icu(text).toLower(icu::Locale::getRoot()));
}

}  // namespace hilum::model
