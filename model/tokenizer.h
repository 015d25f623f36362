#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// How text becomes token ids.
enum class TokenizerKind {
  kClipBpe,  ///< CLIP's lower-cased byte-pair encoding with its merges
  kBytes,    ///< one token for a byte, for towers that are trained from nothing
};
/// As manifests write it: "clip_bpe" or "bytes".
std::string_view to_string(TokenizerKind kind);

/// Text to token ids as CLIP's `simple_tokenizer.py` does (github.com/openai/CLIP). Cleaning, for
/// both kinds: character references decoded twice, white space collapsed to single blanks, lower
/// case. Then
///
/// - kClipBpe splits into words, writes each as bytes and applies the merges in order of rank. Ids:
///   0..255 bytes, 256..511 bytes that end a word, then the merges, then start and end.
/// - kBytes takes the UTF-8 bytes 0..255; 256 is start, 257 is end.
///
/// The end token has the largest id, because CLIP's tower takes its feature there.
///
/// Limits. CLIP first runs `ftfy.fix_text`, of which only the canonical composition (NFC) is done
/// here: curly quotes, full-width letters and text in a wrong encoding stay as they are. Of the
/// named character references `&amp; &lt; &gt; &quot; &apos; &nbsp;` are known, with all numeric
/// ones. Immutable, safe from any thread.
class Tokenizer {
 public:
  /// The longest text that is tokenized, in bytes. What a tower reads (77 tokens) is much shorter.
  static constexpr std::size_t kMaxTextBytes = 2048;
  /// The longest merges text that is read; CLIP's has 525 kB, its source file 3.2 MB.
  static constexpr std::size_t kMaxMergesBytes = std::size_t{16} << 20;
  /// Tokens of kClipBpe beside its merges.
  static constexpr int kClipBaseTokens = 256 + 256 + 2;

  /// CLIP's encoding for a vocabulary of `vocabulary` ids. `merges` is the text of a merges file:
  /// a header line, then one merge a line, two symbols with a blank between. The first `vocabulary`
  /// - 514 merges are used, which is CLIP's own cut for its 49408. kInvalidInput, naming the line,
  /// when there are fewer, or a merge is of symbols that do not exist before it.
  static Result<Tokenizer> clip_bpe(std::string_view merges, int vocabulary);
  static Tokenizer bytes();

  [[nodiscard]] TokenizerKind kind() const { return kind_; }
  [[nodiscard]] int vocabulary() const { return end_ + 1; }

  /// Token ids of `text`, UTF-8, between start and end token: at least 2, at most `context`.
  /// kInvalidInput when it is no UTF-8, longer than kMaxTextBytes, or has more tokens than
  /// `context`, saying how many; it is never cut off.
  [[nodiscard]] Result<std::vector<std::int32_t>> encode(std::string_view text,
                                                         std::size_t context = 77) const;

 private:
  /// Two neighbouring symbols become one; the pair with the lowest rank goes first.
  struct Merge {
    int rank = 0;
    std::int32_t result = 0;
  };

  Tokenizer(TokenizerKind kind, std::int32_t end) : kind_(kind), end_(end) {}
  void append_word(std::string_view word, std::vector<std::int32_t>& tokens) const;

  TokenizerKind kind_;
  std::int32_t end_;                                 ///< id of the end token; start is one below
  std::unordered_map<std::uint64_t, Merge> merges_;  ///< by left id << 32 | right id
};

/// The header line and the first `vocabulary` - 514 merges of a merges file: all that a bundle
/// needs to keep of it. Errors of `Tokenizer::clip_bpe`, which has accepted what is returned.
Result<std::string> used_merges(std::string_view merges, int vocabulary);

}  // namespace hilum::model
