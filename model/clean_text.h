#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// Text as CLIP's tokenizer sees it: canonical composition, HTML character references decoded
/// twice, runs of white space made one blank, none at the ends, lower case. See `Tokenizer` for the
/// limits.
Result<std::u32string> clean_text(std::string_view utf8);

/// The words that CLIP's pattern finds in cleaned text, as UTF-8: "<|startoftext|>" and
/// "<|endoftext|>", the endings 's 't 're 've 'm 'll 'd, runs of letters, single digits, runs of
/// anything else. White space separates and is dropped.
std::vector<std::string> clip_words(std::u32string_view text);

}  // namespace hilum::model
