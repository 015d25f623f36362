#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pipeline/domain/result.h"

namespace hilum::scp {

/// The header of a PDU (PS3.8 9.3.1): type, a reserved byte, and the length of what follows.
inline constexpr std::size_t kPduHeaderBytes = 6;
struct PduHeader {
  std::uint8_t type = 0;
  std::uint32_t length = 0;
};
PduHeader parse_pdu_header(std::span<const std::byte, kPduHeaderBytes> bytes);

inline constexpr std::uint8_t kAssociateRequestType = 0x01;

/// Checks that the body of an A-ASSOCIATE-RQ PDU (PS3.8 9.3.2), all behind its header, is built as
/// the standard says: fixed fields, then items whose lengths add up, each within its parent, one
/// application context, at least one presentation context with an abstract syntax and a transfer
/// syntax, at most one user information item. Names and UIDs are for others to judge. kInvalidInput
/// says what is wrong.
///
/// DCMTK's own parser, which reads the same bytes afterwards, leaks memory on requests that are
/// not, and has had worse faults; the first bytes of a stranger are not for it.
Status check_associate_request(std::span<const std::byte> body);

}  // namespace hilum::scp
