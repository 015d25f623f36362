#pragma once

#include <cstdint>
#include <string_view>

/// Two small hashes that give the same numbers with every library: golden cases and the patients of
/// the phantom are made from them, so they never change.
namespace hilum {

/// SplitMix64's step from one state to the next.
inline constexpr std::uint64_t kSplitMixStep = 0x9e3779b97f4a7c15;

/// The output function of SplitMix64: a bijection that mixes every bit.
constexpr std::uint64_t splitmix64(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// FNV-1a, 64 bits.
constexpr std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<std::uint8_t>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

}  // namespace hilum
