#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "scp/socket.h"

namespace hilum::scp {

/// The header of a PDU (PS3.8 9.3.1): type, a reserved byte, and the length of what follows.
inline constexpr std::size_t kPduHeaderBytes = 6;
struct PduHeader {
  std::uint8_t type = 0;
  std::uint32_t length = 0;
};
inline constexpr std::uint8_t kAssociateRequestType = 0x01;
inline constexpr std::uint8_t kDataPduType = 0x04;

PduHeader parse_pdu_header(std::span<const std::byte, kPduHeaderBytes> bytes);
std::array<std::byte, kPduHeaderBytes> encode(const PduHeader& header);

/// The number in at most four bytes, most significant first.
std::uint32_t big_endian(std::span<const std::byte> bytes);

/// Fills `to`; false when the connection ends before.
bool read_all(Socket& socket, std::span<std::byte> to);

}  // namespace hilum::scp
