#include "dicomseg/hu_conversion.h"

#include <doctest/doctest.h>

#include <array>
#include <cstring>

using namespace hilum::dicomseg;

namespace {

std::int16_t hu_of(const PixelFormat& format, const Rescale& rescale, std::uint16_t pattern) {
  std::array<std::byte, 2> raw{};
  std::memcpy(raw.data(), &pattern, 2);
  std::int16_t hu = 0;
  HuConversion(format).convert(raw, rescale, {&hu, 1});
  return hu;
}

constexpr PixelFormat kSigned12{.bits_stored = 12, .high_bit = 11};
constexpr PixelFormat kUnsigned12{
    .bits_stored = 12, .high_bit = 11, .sign = PixelFormat::Sign::kUnsigned};

}  // namespace

TEST_CASE("HU: the sign is that of bits stored and other bits are ignored") {
  CHECK(hu_of({}, {}, 0xFC00) == -1024);
  CHECK(hu_of(kSigned12, {}, 0x0C00) == -1024);
  CHECK(hu_of(kSigned12, {}, 0x7C00) == -1024);  // overlay bits above
  CHECK(hu_of(kUnsigned12, {1, -1024}, 0xF000) == -1024);
  CHECK(hu_of(kUnsigned12, {1, -1024}, 0x0FFF) == 3071);
  PixelFormat shifted = kSigned12;
  shifted.high_bit = 15;
  CHECK(hu_of(shifted, {}, 0xC00F) == -1024);
}

TEST_CASE("HU: rescale rounds and clamps") {
  CHECK(hu_of({}, {0.5, 0.25}, 3) == 2);
  CHECK(hu_of({}, {2, -1024}, 0x7FFF) == 32767);
  CHECK(hu_of({}, {2, -1024}, 0x8000) == -32768);
}

TEST_CASE("HU: padding becomes air, whichever sign its attribute has") {
  PixelFormat f = kSigned12;
  f.padding_value = 0xF830;  // -2000 as SS
  CHECK(hu_of(f, {}, 0x0830) == kPaddingHu);
  f.padding_value = 0x0830;  // the same bits as US
  CHECK(hu_of(f, {}, 0x0830) == kPaddingHu);
  CHECK(hu_of(f, {}, 0x0831) == -1999);
  f.padding_limit = 0x0833;
  CHECK(hu_of(f, {}, 0x0833) == kPaddingHu);
  CHECK(hu_of(f, {}, 0x0834) == -1996);
}

TEST_CASE("HU: eight bits") {
  const PixelFormat f{
      .bits_allocated = 8, .bits_stored = 8, .high_bit = 7, .sign = PixelFormat::Sign::kUnsigned};
  const std::array raw{std::byte{0}, std::byte{255}};
  std::array<std::int16_t, 2> hu{};
  HuConversion(f).convert(raw, {4, -1000}, hu);
  CHECK(hu[0] == -1000);
  CHECK(hu[1] == 20);
}

TEST_CASE("HU: impossible layouts are refused") {
  CHECK(check_format({}));
  CHECK_FALSE(check_format({.bits_allocated = 32, .bits_stored = 32, .high_bit = 31}));
  CHECK_FALSE(check_format({.bits_stored = 17, .high_bit = 16}));
  CHECK_FALSE(check_format({.bits_stored = 12, .high_bit = 10}));
  CHECK_FALSE(check_format({.bits_stored = 0, .high_bit = 0}));
  CHECK_FALSE(check_format({.bits_stored = 12, .high_bit = 16}));
}
