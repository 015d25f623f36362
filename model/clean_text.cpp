#include "model/clean_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "model/unicode.h"

namespace hilum::model {
namespace {

struct Entity {
  std::u32string_view name;
  char32_t character;
};
constexpr std::array kEntities{Entity{U"amp", U'&'},   Entity{U"lt", U'<'},
                               Entity{U"gt", U'>'},    Entity{U"quot", U'"'},
                               Entity{U"apos", U'\''}, Entity{U"nbsp", U'\u00a0'}};
constexpr std::size_t kLongestReference = 10;  ///< between & and ;, enough for any code point

std::optional<std::uint32_t> digit(char32_t character, std::uint32_t base) {
  std::uint32_t value = base;
  if (character >= U'0' && character <= U'9') value = character - U'0';
  if (character >= U'a' && character <= U'f') value = character - U'a' + 10;
  if (character >= U'A' && character <= U'F') value = character - U'A' + 10;
  return value < base ? std::optional(value) : std::nullopt;
}

/// "38" or "x26" as a character; U+FFFD for what is none, as HTML has it.
std::optional<char32_t> numeric_reference(std::u32string_view digits) {
  const bool hexadecimal = !digits.empty() && (digits.front() == U'x' || digits.front() == U'X');
  if (hexadecimal) digits.remove_prefix(1);
  if (digits.empty()) return std::nullopt;
  const std::uint32_t base = hexadecimal ? 16 : 10;
  std::uint64_t code = 0;  // kLongestReference digits fit
  for (const char32_t character : digits) {
    const auto value = digit(character, base);
    if (!value) return std::nullopt;
    code = code * base + *value;
  }
  constexpr char32_t kReplacement = 0xfffd;
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code == 0 || code > 0x10ffff || surrogate ? kReplacement : static_cast<char32_t>(code);
}

/// What stands between & and ; as a character.
std::optional<char32_t> reference(std::u32string_view name) {
  if (name.starts_with(U'#')) return numeric_reference(name.substr(1));
  const auto found = std::ranges::find(kEntities, name, &Entity::name);
  return found == kEntities.end() ? std::nullopt : std::optional(found->character);
}

std::u32string unescape(std::u32string_view text) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == U'&') {
      const auto rest = text.substr(i + 1, kLongestReference + 1);
      const auto end = rest.find(U';');
      const auto character =
          end == std::u32string_view::npos ? std::nullopt : reference(rest.substr(0, end));
      if (character) {
        result += *character;
        i += end + 1;
        continue;
      }
    }
    result += text[i];
  }
  return result;
}

std::u32string collapse_space(std::u32string_view text) {
  std::u32string result;
  bool space = true;  // drops it at the beginning
  for (const char32_t character : text) {
    const bool is_space = char_class(character) == CharClass::kSpace;
    if (!is_space) result += character;
    if (is_space && !space) result += U' ';
    space = is_space;
  }
  if (result.ends_with(U' ')) result.pop_back();
  return result;
}

/// Length of the word that begins `text`, whose first character is no white space.
std::size_t word_length(std::u32string_view text) {
  constexpr std::array<std::u32string_view, 9> kLiterals{
      U"<|startoftext|>", U"<|endoftext|>", U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"};
  for (const auto literal : kLiterals) {
    if (text.starts_with(literal)) return literal.size();
  }
  const CharClass kind = char_class(text.front());
  if (kind == CharClass::kNumber) return 1;
  const auto end = std::ranges::find_if(text, [&](char32_t c) { return char_class(c) != kind; });
  return static_cast<std::size_t>(end - text.begin());
}

}  // namespace

Result<std::u32string> clean_text(std::string_view utf8) {
  auto characters = from_utf8(utf8);
  if (!characters) return characters;
  auto text = compose(*characters);
  if (!text) return text;
  // Composed again, because an ASCII text can hold references to any character.
  text = compose(unescape(unescape(*text)));
  if (!text) return text;
  return lower_case(collapse_space(*text));
}

std::vector<std::string> clip_words(std::u32string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    std::size_t length = 1;
    if (char_class(text.front()) != CharClass::kSpace) {
      length = word_length(text);
      words.push_back(to_utf8(text.substr(0, length)));
    }
    text.remove_prefix(length);
  }
  return words;
}

}  // namespace hilum::model
