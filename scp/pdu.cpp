#include "scp/pdu.h"

namespace hilum::scp {

PduHeader parse_pdu_header(std::span<const std::byte, kPduHeaderBytes> bytes) {
  return {.type = std::to_integer<std::uint8_t>(bytes[0]), .length = big_endian(bytes.subspan(2))};
}

std::array<std::byte, kPduHeaderBytes> encode(const PduHeader& header) {
  std::array<std::byte, kPduHeaderBytes> bytes{std::byte{header.type}};
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[kPduHeaderBytes - 1 - i] = static_cast<std::byte>(header.length >> (8 * i));
  }
  return bytes;
}

std::uint32_t big_endian(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (const std::byte b : bytes) value = value << 8U | std::to_integer<std::uint32_t>(b);
  return value;
}

bool read_all(Socket& socket, std::span<std::byte> to) {
  while (!to.empty()) {
    const auto got = socket.read(to.data(), to.size());
    if (got <= 0) return false;
    to = to.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace hilum::scp
