#pragma once

#include <algorithm>
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

/// Calls `visit(index)` for every byte that is not 0, in order.
template <class Visit>
void for_each_nonzero(std::span<const std::uint8_t> bytes, const Visit& visit) {
  constexpr std::size_t kRun = 64;
  for (std::size_t first = 0; first < bytes.size(); first += kRun) {
    const auto run = bytes.subspan(first, std::min(kRun, bytes.size() - first));
    if (all_zero(run)) continue;
    for (std::size_t i = 0; i < run.size(); ++i) {
      if (run[i] != 0) visit(first + i);
    }
  }
}

}  // namespace hilum::dicomseg
