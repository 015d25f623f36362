#pragma once

#include <string>
#include <string_view>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// What the tokenizer tells characters apart by.
enum class CharClass { kSpace, kLetter, kNumber, kOther };

/// White_Space, general category L, general category N, or something else.
CharClass char_class(char32_t character);

/// Canonical composition (NFC). kUnsupported in a build without ICU when `text` is not ASCII.
Result<std::u32string> compose(std::u32string_view text);

/// Lower case without a language's special rules, as Python's `str.lower`.
std::u32string lower_case(std::u32string_view text);

/// Code points of UTF-8. kInvalidInput, with the byte's position, where it is malformed: overlong,
/// surrogate, beyond U+10FFFF or cut off.
Result<std::u32string> from_utf8(std::string_view text);
std::string to_utf8(std::u32string_view text);

/// `text` for comparisons that ignore case; text that is no UTF-8 as it is.
std::string folded(std::string_view text);

}  // namespace hilum::model
