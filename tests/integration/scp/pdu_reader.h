#pragma once

#include <cstddef>
#include <string>

namespace hilum::test {

/// Exactly one PDU (PS3.8 9.3), header included; shorter when there is no more. `receive(to, size)`
/// says how many bytes it got, 0 or less: none any more.
template <class Receive>
std::string read_pdu(const Receive& receive) {
  constexpr std::size_t kHeader = 6;
  std::string received;
  std::size_t wanted = kHeader;
  while (received.size() < wanted) {
    std::string chunk(wanted - received.size(), '\0');
    const auto got = receive(chunk.data(), chunk.size());
    if (got <= 0) break;
    received.append(chunk, 0, static_cast<std::size_t>(got));
    if (received.size() != kHeader) continue;
    for (std::size_t i = 2; i < kHeader; ++i) {
      const auto byte = static_cast<unsigned char>(received[i]);
      wanted += static_cast<std::size_t>(byte) << (8 * (kHeader - 1 - i));
    }
  }
  return received;
}

}  // namespace hilum::test
