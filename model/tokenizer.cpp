#include "model/tokenizer.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "model/clean_text.h"
#include "model/unicode.h"

namespace hilum::model {
namespace {

using Ids = std::unordered_map<std::string, std::int32_t>;

constexpr std::int32_t kByteCount = 256;
constexpr std::string_view kWordEnd = "</w>";

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

/// Bytes that stand for themselves in a merges file: the visible ones of ISO 8859-1. They come
/// first in CLIP's vocabulary.
bool is_visible(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) ||
         (byte >= 0xae && byte <= 0xff);
}

struct ByteSymbol {
  std::string text;  ///< in a merges file, UTF-8
  std::int32_t id = 0;
};

/// CLIP's `bytes_to_unicode`: the other bytes are written as U+0100 and up.
std::array<ByteSymbol, kByteCount> make_byte_symbols() {
  std::array<ByteSymbol, kByteCount> symbols;
  std::int32_t next = 0;
  for (int byte = 0; byte < kByteCount; ++byte) {
    if (!is_visible(byte)) continue;
    const char32_t character = static_cast<char32_t>(byte);
    symbols[static_cast<std::size_t>(byte)] = {to_utf8({&character, 1}), next++};
  }
  char32_t character = 0x100;
  for (int byte = 0; byte < kByteCount; ++byte) {
    if (is_visible(byte)) continue;
    symbols[static_cast<std::size_t>(byte)] = {to_utf8({&character, 1}), next++};
    ++character;
  }
  return symbols;
}

const std::array<ByteSymbol, kByteCount>& byte_symbols() {
  static const auto symbols = make_byte_symbols();
  return symbols;
}

std::uint64_t pair_key(std::int32_t left, std::int32_t right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32U |
         static_cast<std::uint32_t>(right);
}

/// The next line of `text`, which begins after it then; nothing at the end.
std::optional<std::string_view> take_line(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

struct MergeLine {
  std::string left;
  std::string right;
};

/// The first `count` merges.
Result<std::vector<MergeLine>> read_merges(std::string_view text, int count) {
  if (text.size() > Tokenizer::kMaxMergesBytes) {
    return invalid(fmt::format("the merges have {} bytes, more than the {} that are read",
                               text.size(), Tokenizer::kMaxMergesBytes));
  }
  take_line(text);  // "#version: 0.2" or the like
  std::vector<MergeLine> merges;
  while (std::cmp_less(merges.size(), count)) {
    const auto line = take_line(text);
    if (!line) {
      return invalid(
          fmt::format("the merges file has {} merges and the vocabulary needs {}: give "
                      "the file that belongs to the text tower",
                      merges.size(), count));
    }
    const std::size_t blank = line->find(' ');
    const std::string_view right =
        blank == std::string_view::npos ? std::string_view() : line->substr(blank + 1);
    if (blank == 0 || right.empty() || right.find(' ') != std::string_view::npos) {
      return invalid(
          fmt::format("line {} of the merges file is not two symbols with a blank "
                      "between",
                      merges.size() + 2));
    }
    merges.push_back({std::string(line->substr(0, blank)), std::string(right)});
  }
  return merges;
}

/// CLIP's vocabulary. Where two merges make the same text, the later id stands, as in the
/// dictionary that CLIP builds.
Ids symbol_ids(const std::vector<MergeLine>& merges) {
  Ids ids;
  for (const ByteSymbol& symbol : byte_symbols()) {
    ids[symbol.text] = symbol.id;
    ids[symbol.text + std::string(kWordEnd)] = kByteCount + symbol.id;
  }
  std::int32_t next = 2 * kByteCount;
  for (const auto& [left, right] : merges) ids[left + right] = next++;
  return ids;
}

int merge_count(int vocabulary) { return vocabulary - Tokenizer::kClipBaseTokens; }

}  // namespace

std::string_view to_string(TokenizerKind kind) {
  return kind == TokenizerKind::kClipBpe ? "clip_bpe" : "bytes";
}

Tokenizer Tokenizer::bytes() { return {TokenizerKind::kBytes, kByteCount + 1}; }

Result<Tokenizer> Tokenizer::clip_bpe(std::string_view text, int vocabulary) {
  if (merge_count(vocabulary) < 0) {
    return invalid(
        fmt::format("a vocabulary of {} is too small for CLIP's encoding, which has {} "
                    "tokens beside its merges",
                    vocabulary, kClipBaseTokens));
  }
  const auto merges = read_merges(text, merge_count(vocabulary));
  if (!merges) return merges.error();
  const Ids ids = symbol_ids(*merges);
  Tokenizer result(TokenizerKind::kClipBpe, vocabulary - 1);
  int rank = 0;
  for (const auto& [left, right] : *merges) {
    const auto l = ids.find(left);
    const auto r = ids.find(right);
    if (l == ids.end() || r == ids.end()) {
      return invalid(
          fmt::format("line {} of the merges file joins a symbol that no merge makes", rank + 2));
    }
    result.merges_[pair_key(l->second, r->second)] = {rank, ids.at(left + right)};
    ++rank;
  }
  return result;
}

/// CLIP's `bpe`: again and again, all places of the pair of lowest rank become one symbol.
void Tokenizer::append_word(std::string_view word, std::vector<std::int32_t>& tokens) const {
  std::vector<std::int32_t> symbols;
  for (const char byte : word) {
    symbols.push_back(byte_symbols()[static_cast<std::uint8_t>(byte)].id);
  }
  symbols.back() += kByteCount;
  while (symbols.size() > 1) {
    std::uint64_t best = 0;
    Merge merge{.rank = std::numeric_limits<int>::max()};
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto found = merges_.find(pair_key(symbols[i], symbols[i + 1]));
      if (found == merges_.end() || found->second.rank >= merge.rank) continue;
      best = found->first;
      merge = found->second;
    }
    if (merge.rank == std::numeric_limits<int>::max()) break;
    std::vector<std::int32_t> joined;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      const bool here = i + 1 < symbols.size() && pair_key(symbols[i], symbols[i + 1]) == best;
      joined.push_back(here ? merge.result : symbols[i]);
      if (here) ++i;
    }
    symbols = std::move(joined);
  }
  tokens.insert(tokens.end(), symbols.begin(), symbols.end());
}

Result<std::vector<std::int32_t>> Tokenizer::encode(std::string_view text,
                                                    std::size_t context) const {
  if (text.size() > kMaxTextBytes) {
    return invalid(fmt::format("cannot tokenize a text of {} bytes: up to {} are read; shorten it",
                               text.size(), kMaxTextBytes));
  }
  const auto cleaned = clean_text(text);
  if (!cleaned) return Error(cleaned.error()).in("cannot tokenize");
  const std::int32_t start = end_ - 1;
  std::vector<std::int32_t> tokens{start};
  if (kind_ == TokenizerKind::kBytes) {
    for (const char byte : to_utf8(*cleaned)) tokens.push_back(static_cast<std::uint8_t>(byte));
  } else {
    for (const std::string& word : clip_words(*cleaned)) {
      if (word == "<|startoftext|>") {
        tokens.push_back(start);
      } else if (word == "<|endoftext|>") {
        tokens.push_back(end_);
      } else {
        append_word(word, tokens);
      }
    }
  }
  tokens.push_back(end_);
  if (tokens.size() > context) {
    return invalid(
        fmt::format("cannot tokenize '{}': it has {} tokens with start and end, and the "
                    "text tower reads {}; shorten it",
                    text, tokens.size(), context));
  }
  return tokens;
}

Result<std::string> used_merges(std::string_view merges, int vocabulary) {
  auto accepted = Tokenizer::clip_bpe(merges, vocabulary);
  if (!accepted) return std::move(accepted).error();
  std::string_view rest = merges;
  std::string result;
  for (int line = 0; line <= merge_count(vocabulary); ++line) {
    result += take_line(rest).value_or("");
    result += '\n';
  }
  return result;
}

}  // namespace hilum::model
