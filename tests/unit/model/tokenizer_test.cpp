#include "model/tokenizer.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/merges_file.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;
using Ids = std::vector<std::int32_t>;

namespace {

constexpr std::int32_t kWordEnd = 256;  ///< added to a byte's id where it ends a word

/// In CLIP's order the visible bytes come first.
constexpr std::int32_t byte_id(char c) { return c - '!'; }

/// "low", "er", "lower" and "in" within words; ids from 512.
constexpr const char* kMerges =
    "#version: test\n"
    "l o\n"
    "lo w</w>\n"
    "lo w\n"
    "e r</w>\n"
    "low er</w>\n"
    "i n\n"
    "never used\n";

/// A build without ICU knows ASCII alone.
bool known_here(std::string_view text) {
  return HILUM_WITH_ICU || std::ranges::all_of(text, [](char c) { return c >= 0; });
}

/// CLIP's own file is not part of this repository.
std::filesystem::path clip_merges_file() {
  const char* named = std::getenv("HILUM_CLIP_MERGES");
  return named != nullptr ? named : HILUM_SHARED_DIR "/golden/bpe_simple_vocab_16e6.txt.gz";
}

Tokenizer small() {
  auto tokenizer = Tokenizer::clip_bpe(kMerges, 514 + 6);
  REQUIRE(tokenizer);
  return std::move(*tokenizer);
}
constexpr std::int32_t kStart = 518;
constexpr std::int32_t kEnd = 519;

Ids encoded(const Tokenizer& tokenizer, std::string_view text) {
  auto tokens = tokenizer.encode(text);
  REQUIRE_MESSAGE(tokens, text);
  return *std::move(tokens);
}

/// The tokens of `text` are those of `same`.
void check_same(std::string_view text, std::string_view same) {
  CAPTURE(text);
  CHECK(encoded(Tokenizer::bytes(), text) == encoded(Tokenizer::bytes(), same));
}

void write_gzip(const std::filesystem::path& file, const std::string& text) {
  const gzFile out = gzopen(file.c_str(), "wb");
  REQUIRE(out != nullptr);
  REQUIRE(gzwrite(out, text.data(), static_cast<unsigned>(text.size())) > 0);
  REQUIRE(gzclose(out) == Z_OK);
}

}  // namespace

TEST_CASE("tokenizer: gives CLIP's token ids") {
  const std::filesystem::path file = clip_merges_file();
  if (!std::filesystem::exists(file)) {
    MESSAGE("skipped: HILUM_CLIP_MERGES does not name CLIP's bpe_simple_vocab_16e6.txt.gz");
    return;
  }
  const auto merges = read_merges_file(file);
  REQUIRE(merges);
  const auto tokenizer = Tokenizer::clip_bpe(*merges, 49408);
  REQUIRE(tokenizer);
  CHECK(tokenizer->vocabulary() == 49408);
  const auto golden = nlohmann::json::parse(test::read_file(HILUM_GOLDEN_DIR "/clip_tokens.json"));
  REQUIRE(golden.size() == 19);
  for (const auto& [text, ids] : golden.items()) {
    CAPTURE(text);
    if (!known_here(text)) continue;
    CHECK(encoded(*tokenizer, text) == ids.get<Ids>());
  }
  // What a bundle keeps of the file is enough and much smaller.
  const auto used = used_merges(*merges, 49408);
  REQUIRE(used);
  CHECK(used->size() < merges->size() / 5);
  const auto again = Tokenizer::clip_bpe(*used, 49408);
  REQUIRE(again);
  for (const auto& [text, ids] : golden.items()) {
    if (known_here(text)) CHECK(encoded(*again, text) == ids.get<Ids>());
  }
}

TEST_CASE("tokenizer: merges are applied in the order of their rank") {
  const Tokenizer tokenizer = small();
  CHECK(tokenizer.vocabulary() == 520);
  CHECK(encoded(tokenizer, "low") == Ids{kStart, 513, kEnd});
  CHECK(encoded(tokenizer, "lower") == Ids{kStart, 516, kEnd});
  CHECK(encoded(tokenizer, "lo") == Ids{kStart, byte_id('l'), byte_id('o') + kWordEnd, kEnd});
  CHECK(encoded(tokenizer, "lowlow") == Ids{kStart, 514, 513, kEnd});
  CHECK(encoded(tokenizer, "ininx") == Ids{kStart, 517, 517, byte_id('x') + kWordEnd, kEnd});
  CHECK(encoded(tokenizer, "") == Ids{kStart, kEnd});
}

TEST_CASE("tokenizer: words are split as CLIP's pattern does") {
  const Tokenizer tokenizer = small();
  const auto end_of = [](char c) { return byte_id(c) + kWordEnd; };
  CHECK(encoded(tokenizer, "a1 2!?") ==
        Ids{kStart, end_of('a'), end_of('1'), end_of('2'), byte_id('!'), end_of('?'), kEnd});
  CHECK(encoded(tokenizer, "a's b") ==
        Ids{kStart, end_of('a'), byte_id('\''), end_of('s'), end_of('b'), kEnd});
  CHECK(encoded(tokenizer, "<|startoftext|><|endoftext|>") == Ids{kStart, kStart, kEnd, kEnd});
}

TEST_CASE("tokenizer: bytes are their own tokens between start and end") {
  const Tokenizer tokenizer = Tokenizer::bytes();
  CHECK(tokenizer.vocabulary() == 258);
  CHECK(encoded(tokenizer, "Ab 1") == Ids{256, 'a', 'b', ' ', '1', 257});
  CHECK(encoded(tokenizer, "<|endoftext|>").size() == 2 + 13);
}

TEST_CASE("tokenizer: text is cleaned before") {
  check_same("  Left \t\n ARTERY ", "left artery");
  check_same("a&amp;b &lt;t&gt; &quot;x&apos;", "a&b <t> \"x'");
  check_same("&amp;amp; &#65; &#x42;&#X43;", "& a bc");
  // Decoded twice, not three times.
  CHECK(encoded(Tokenizer::bytes(), "&amp;amp;amp;") == Ids{256, '&', 'a', 'm', 'p', ';', 257});
  check_same("&nosuch; & &; &#; &#x; &#xzz;", "&nosuch; & &; &#; &#x; &#xzz;");
}

#if HILUM_WITH_ICU
TEST_CASE("tokenizer: text in any script is cleaned and encoded") {
  CHECK(encoded(Tokenizer::bytes(), "\u00e9") == Ids{256, 0xc3, 0xa9, 257});
  check_same("a\u00a0b\u3000c", "a b c");
  check_same("&#0; &#xd800; &#99999999;", "\ufffd \ufffd \ufffd");
  check_same("\u00c9MIGR\u00c9 \u03a9", "\u00e9migr\u00e9 \u03c9");
  check_same("e\u0301", "\u00e9");  // composed
}
#else
TEST_CASE("tokenizer: without ICU only ASCII is accepted") {
  for (const std::string_view text : {"\u00e9", "&#233;"}) {
    const auto tokens = Tokenizer::bytes().encode(text);
    REQUIRE_FALSE(tokens);
    CHECK(tokens.error().code == ErrorCode::kUnsupported);
    CHECK(tokens.error().message.find("U+00E9 is not ASCII") != std::string::npos);
  }
}
#endif

TEST_CASE("tokenizer: text that does not fit says how long it is") {
  const auto error_of = [](std::string_view text, std::size_t context = 77) {
    const auto tokens = Tokenizer::bytes().encode(text, context);
    REQUIRE_FALSE(tokens);
    CHECK(tokens.error().code == ErrorCode::kInvalidInput);
    return tokens.error().message;
  };
  CHECK(Tokenizer::bytes().encode(std::string(75, 'x')));
  CHECK(error_of(std::string(76, 'x')).find("it has 78 tokens") != std::string::npos);
  CHECK(error_of("four", 5).find("the text tower reads 5") != std::string::npos);
  CHECK(error_of(std::string(Tokenizer::kMaxTextBytes + 1, 'x')).find("2049 bytes") !=
        std::string::npos);
}

TEST_CASE("tokenizer: malformed UTF-8 is refused with its place") {
  for (const std::string_view bad : {"ab\xff", "ab\xc3", "ab\xc3(", "ab\xc0\xaf", "ab\xed\xa0\x80",
                                     "ab\xf4\x90\x80\x80", "ab\x80", "ab\xe2\x82"}) {
    const auto tokens = Tokenizer::bytes().encode(bad);
    REQUIRE_FALSE(tokens);
    CHECK(tokens.error().message.find("not UTF-8 at byte 2") != std::string::npos);
  }
}

TEST_CASE("tokenizer: a faulty merges file is refused with its line") {
  struct Case {
    std::string merges;
    int vocabulary;
    std::string fault;
  };
  const std::vector<Case> cases{
      {"", 515, "has 0 merges and the vocabulary needs 1"},
      {"#\na b\n", 516, "has 1 merges and the vocabulary needs 2"},
      {"#\na b\nab\n", 516, "line 3 of the merges file is not two symbols"},
      {"#\na b c\n", 515, "line 2 of the merges file is not two symbols"},
      {"#\n b\n", 515, "line 2 of the merges file is not two symbols"},
      {"#\na b\nab cd\n", 516, "line 3 of the merges file joins a symbol that no merge makes"},
      {"#\n", 513, "a vocabulary of 513 is too small"},
      {"#\n", -1'000'000, "too small"},
      {std::string(Tokenizer::kMaxMergesBytes + 1, '\n'), 515, "more than the 16777216"},
  };
  for (const auto& [merges, vocabulary, fault] : cases) {
    CAPTURE(fault);
    const auto tokenizer = Tokenizer::clip_bpe(merges, vocabulary);
    REQUIRE_FALSE(tokenizer);
    CHECK(tokenizer.error().message.find(fault) != std::string::npos);
  }
}

TEST_CASE("tokenizer: what is kept of a merges file ends with the last merge used") {
  const auto used = used_merges(kMerges, 514 + 2);
  REQUIRE(used);
  CHECK(*used == "#version: test\nl o\nlo w</w>\n");
  CHECK(*used_merges("#\r\na b\r\n", 515) == "#\na b\n");
  CHECK_FALSE(used_merges(kMerges, 514 + 100));
}

TEST_CASE("merges_file: plain and gzip files are read, a broken one is refused") {
  const test::TempDir dir;
  test::write_file(dir / "plain", kMerges);
  write_gzip(dir / "good.gz", kMerges);
  CHECK(*read_merges_file(dir / "plain") == kMerges);
  CHECK(*read_merges_file(dir / "good.gz") == kMerges);
  const std::string good = test::read_file(dir / "good.gz");
  test::write_file(dir / "short.gz", good.substr(0, good.size() - 12));
  CHECK(read_merges_file(dir / "short.gz").error().code == ErrorCode::kInvalidInput);
  std::string flipped = good;
  flipped[good.size() - 5] = static_cast<char>(flipped[good.size() - 5] ^ 1);  // of the checksum
  test::write_file(dir / "flipped.gz", flipped);
  CHECK(read_merges_file(dir / "flipped.gz").error().code == ErrorCode::kInvalidInput);
  CHECK(read_merges_file(dir / "none").error().code == ErrorCode::kNotFound);
}

TEST_CASE("merges_file: a small file that expands without end is refused") {
  const test::TempDir dir;
  write_gzip(dir / "bomb.gz", std::string(Tokenizer::kMaxMergesBytes + 100'000, 'x'));
  CHECK(std::filesystem::file_size(dir / "bomb.gz") < 100'000);
  const auto merges = read_merges_file(dir / "bomb.gz");
  REQUIRE_FALSE(merges);
  CHECK(merges.error().message.find("exceeds 16777216 bytes") != std::string::npos);
}
