#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

/// Private to dicomseg/: going over bytes most of which are 0, as labels and masks are, without
/// looking at each.
namespace hilum::dicomseg {

inline bool all_zero(std::span<const std::uint8_t> bytes) {
  std::uint64_t any = 0;
  std::size_t i = 0;
  for (; i + sizeof any <= bytes.size(); i += sizeof any) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, &bytes[i], sizeof eight);
    any |= eight;
  }
  for (; i < bytes.size(); ++i) any |= bytes[i];
  return any == 0;
}

/// The first byte that is not 0, or `end`.
inline const std::uint8_t* past_zeros(const std::uint8_t* at, const std::uint8_t* end) {
  for (std::uint64_t eight = 0; end - at >= 8; at += 8) {
    std::memcpy(&eight, at, sizeof eight);
    if (eight != 0) break;
  }
  while (at != end && *at == 0) ++at;
  return at;
}

/// Calls `visit(index)` for every byte that is not 0, in order.
template <class Visit>
void for_each_nonzero(std::span<const std::uint8_t> bytes, const Visit& visit) {
  const std::uint8_t* const end = bytes.data() + bytes.size();
  for (const std::uint8_t* at = past_zeros(bytes.data(), end); at != end;
       at = past_zeros(at + 1, end)) {
    visit(static_cast<std::size_t>(at - bytes.data()));
  }
}

}  // namespace hilum::dicomseg
