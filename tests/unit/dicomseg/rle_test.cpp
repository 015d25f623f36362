#include "dicomseg/rle.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

using namespace hilum;
using namespace hilum::dicomseg;

namespace {

/// A frame of these segments, at these offsets or one behind the other.
std::string frame(const std::vector<std::string>& segments,
                  std::vector<std::uint32_t> offsets = {}) {
  if (offsets.empty()) {
    std::uint32_t at = 64;
    for (const auto& segment : segments) {
      offsets.push_back(at);
      at += static_cast<std::uint32_t>(segment.size());
    }
  }
  std::string bytes(64, '\0');
  const auto put = [&](std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) {
      bytes[at + i] = static_cast<char>((value >> (8 * i)) & 0xFF);
    }
  };
  put(0, static_cast<std::uint32_t>(segments.size()));
  for (std::size_t s = 0; s < offsets.size(); ++s) put(4 * (s + 1), offsets[s]);
  for (const auto& segment : segments) bytes += segment;
  return bytes;
}

Status decode(const std::string& bytes, std::vector<std::uint16_t>& pixels) {
  return decode_rle(std::as_bytes(std::span(bytes)), 2, std::as_writable_bytes(std::span(pixels)));
}

std::string refusal(const std::string& bytes) {
  std::vector<std::uint16_t> pixels(5);
  const auto decoded = decode(bytes, pixels);
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code == ErrorCode::kInvalidInput);
  return decoded.error().message;
}

using namespace std::string_literals;
// Five high bytes: a run of three, a filler that means nothing, two literal ones.
const std::string kHigh = "\xFE\x01\x80\x01\x02\x03"s;
// Five low bytes, literal, and one too many as padding.
const std::string kLow = "\x05\x10\x11\x12\x13\x14\x15"s;

}  // namespace

TEST_CASE("RLE: runs, literals and padding, the most significant bytes first") {
  std::vector<std::uint16_t> pixels(5);
  REQUIRE(decode(frame({kHigh, kLow}), pixels));
  CHECK(pixels == std::vector<std::uint16_t>{0x0110, 0x0111, 0x0112, 0x0213, 0x0314});
}

TEST_CASE("RLE: segments that lie anywhere, or hold too little, are refused") {
  CHECK(refusal("").find("no header") != std::string::npos);
  CHECK(refusal(frame({kHigh})).find("1 segments") != std::string::npos);
  CHECK(refusal(frame({kHigh, kHigh, kLow})).find("3 segments") != std::string::npos);
  for (const auto& offsets : std::vector<std::vector<std::uint32_t>>{
           {70, 64}, {0, 70}, {64, 4'000'000'000}, {500, 600}}) {
    CHECK(refusal(frame({kHigh, kLow}, offsets)).find("lies from byte") != std::string::npos);
  }
  for (const std::string& low : {"\x05\x10"s, "\xFE"s, "\xFE\x10"s, ""s}) {
    CHECK(refusal(frame({kHigh, low})).find("ends before its pixels do") != std::string::npos);
  }
}
