#include "pipeline/domain/uid.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>

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

namespace {

using Uuid = std::array<std::uint8_t, 16>;

/// The 128 bits with the marks of an RFC 4122 UUID, written as one decimal number (PS3.5 B.2).
std::string uid_of(Uuid number, std::uint8_t version) {
  number[6] = static_cast<std::uint8_t>((number[6] & 0x0f) | version << 4);
  number[8] = static_cast<std::uint8_t>((number[8] & 0x3f) | 0x80);
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

}  // namespace

std::string derived_uid(std::string_view seed) {
  const Sha256::Digest digest = Sha256::of(seed);
  Uuid number{};
  std::copy_n(digest.begin(), number.size(), number.begin());
  constexpr std::uint8_t kCustom = 8;
  return uid_of(number, kCustom);
}

std::string random_uid() {
  Uuid number{};
  // Of so few bytes it is all or, without a source of randomness, nothing: no way to go on.
  if (::getrandom(number.data(), number.size(), 0) != static_cast<ssize_t>(number.size())) {
    std::terminate();
  }
  constexpr std::uint8_t kRandom = 4;
  return uid_of(number, kRandom);
}

}  // namespace hilum
