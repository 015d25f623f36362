#include "model/half.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace hilum::model;

TEST_CASE("half: values of the standard's table widen exactly") {
  CHECK(half_to_float(0x0000) == 0.0F);
  CHECK(std::signbit(half_to_float(0x8000)));
  CHECK(half_to_float(0x3c00) == 1.0F);
  CHECK(half_to_float(0xc000) == -2.0F);
  CHECK(half_to_float(0x7bff) == 65504.0F);
  CHECK(half_to_float(0x0400) == 0x1p-14F);
  CHECK(half_to_float(0x0001) == 0x1p-24F);
  CHECK(half_to_float(0x83ff) == -0x1.ff8p-15F);
  CHECK(half_to_float(0x7c00) == std::numeric_limits<float>::infinity());
  CHECK(half_to_float(0xfc00) == -std::numeric_limits<float>::infinity());
  CHECK(std::isnan(half_to_float(0x7e00)));
}

TEST_CASE("half: every half comes back from float unchanged") {
  for (int bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = half_to_float(half);
    if (std::isnan(value)) {
      CHECK(std::isnan(half_to_float(float_to_half(value))));
    } else if (float_to_half(value) != half) {
      FAIL(bits);
    }
  }
}

TEST_CASE("half: rounds to nearest, ties to even") {
  CHECK(float_to_half(1.0F + 0x1p-11F) == 0x3c00);                 // tie, down to even
  CHECK(float_to_half(1.0F + 0x1p-11F + 0x1p-23F) == 0x3c01);      // just above
  CHECK(float_to_half(1.0F + 3 * 0x1p-11F) == 0x3c02);             // tie, up to even
  CHECK(float_to_half(0x1p-25F) == 0x0000);                        // tie between 0 and smallest
  CHECK(float_to_half(0x1.8p-24F) == 0x0002);                      // tie, up to even
  CHECK(float_to_half(std::nextafter(0x1p-14F, 0.0F)) == 0x0400);  // up into the normal ones
  CHECK(float_to_half(65519.0F) == 0x7bff);
  CHECK(float_to_half(65520.0F) == 0x7c00);
  CHECK(float_to_half(-1e30F) == 0xfc00);
}
