#include "pipeline/domain/uid.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "pipeline/domain/sha256.h"

namespace hilum {
namespace {

constexpr std::size_t kMaxUidLength = 64;

/// `raw` in quotes, cut and with everything but printable ASCII replaced: safe to log.
std::string shown(std::string_view raw) {
  std::string text(raw.substr(0, kMaxUidLength));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return fmt::format("'{}'{}", text, raw.size() > kMaxUidLength ? "..." : "");
}

}  // namespace

Result<std::string> checked_uid(std::string_view raw) {
  std::string_view text = raw;
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
  const auto refuse = [&](std::string_view why) {
    return Error{ErrorCode::kInvalidInput, fmt::format("{} is not a UID: {}", shown(raw), why)};
  };
  if (text.empty()) return refuse("it is empty");
  if (text.size() > kMaxUidLength) return refuse("it has more than 64 characters");
  char previous = '.';
  for (const char c : text) {
    if (c != '.' && (c < '0' || c > '9')) return refuse("only digits and dots are allowed");
    if (c == '.' && previous == '.') return refuse("a component is empty");
    previous = c;
  }
  if (previous == '.') return refuse("a component is empty");
  return std::string(text);
}

std::string derived_uid(std::string_view seed) {
  Sha256::Digest digest = Sha256::of(seed);
  // The 128 bits are an RFC 4122 version 8 (custom) UUID, written as one decimal number.
  digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0f) | 0x80);
  digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3f) | 0x80);
  std::array<std::uint8_t, 16> number{};
  std::copy_n(digest.begin(), number.size(), number.begin());
  std::string decimal;
  while (std::any_of(number.begin(), number.end(), [](std::uint8_t byte) { return byte != 0; })) {
    unsigned remainder = 0;
    for (auto& byte : number) {
      const unsigned current = remainder * 256 + byte;
      byte = static_cast<std::uint8_t>(current / 10);
      remainder = current % 10;
    }
    decimal.push_back(static_cast<char>('0' + remainder));
  }
  std::reverse(decimal.begin(), decimal.end());
  return "2.25." + decimal;
}

}  // namespace hilum
