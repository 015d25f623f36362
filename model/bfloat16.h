#pragma once

#include <bit>
#include <cstdint>

namespace hilum::model {

/// The upper half of a float: 8 bits of exponent, 8 of precision. Finite numbers only.
struct BFloat16 {
  std::uint16_t bits = 0;
};

inline float widen(float value) { return value; }
inline float widen(BFloat16 value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16U);
}
inline void narrow(float value, float& out) { out = value; }
/// Rounds to nearest, ties to even.
inline void narrow(float value, BFloat16& out) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  out.bits = static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

}  // namespace hilum::model
