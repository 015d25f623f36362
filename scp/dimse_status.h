#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "pipeline/domain/result.h"

/// The one place where ErrorCode and the status of a C-STORE meet, in both directions
/// (PS3.4 B.2.3, PS3.7 annex C). Pure; safe from any thread.
namespace hilum::scp {

using DimseStatus = std::uint16_t;

inline constexpr DimseStatus kSuccess = 0x0000;
inline constexpr DimseStatus kDuplicateInstance = 0x0111;
inline constexpr DimseStatus kUnrecognizedOperation = 0x0211;
// Answers to N-EVENT-REPORT (PS3.7 10.1.1.1.8).
inline constexpr DimseStatus kProcessingFailure = 0x0110;
inline constexpr DimseStatus kNoSuchInstance = 0x0112;
inline constexpr DimseStatus kNoSuchEventType = 0x0113;
inline constexpr DimseStatus kInvalidArgument = 0x0115;
inline constexpr DimseStatus kNoSuchSopClass = 0x0118;
inline constexpr DimseStatus kResourceLimitation = 0x0213;

/// What the peer is told when storing failed.
struct StoreFailure {
  DimseStatus status;
  /// Error Comment (0000,0902), at most 64 characters; no data of the instance.
  std::string_view comment;
};
StoreFailure store_failure(ErrorCode code);

/// What a C-STORE response of a peer means to us: nothing when it is success, a warning, or says
/// that the peer has this instance already (it is stored), otherwise whether to try again
/// (kUnavailable) or not.
std::optional<ErrorCode> outcome_of_response(DimseStatus status);
/// The meaning of a status in words, for messages.
std::string_view meaning_of(DimseStatus status);

/// Every status this node may answer to a C-STORE request; CONFORMANCE.md lists them.
std::span<const DimseStatus> statuses_we_send();
/// The same for reports on storage commitment.
std::span<const DimseStatus> report_statuses_we_send();

/// What a peer means by its answer to a request for storage commitment (PS3.4 J.3.2).
enum class ActionOutcome {
  kAccepted,
  kNotSupported,  ///< it does not know the service
  kTryLater,
  kRefused,  ///< asking again cannot help
};
ActionOutcome outcome_of_action(DimseStatus status);

}  // namespace hilum::scp
