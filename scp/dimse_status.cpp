#include "scp/dimse_status.h"

#include <array>

namespace hilum::scp {
namespace {

constexpr DimseStatus kConflictingInstance = 0x0117;
constexpr DimseStatus kOutOfResources = 0xA700;
constexpr DimseStatus kDoesNotMatchSopClass = 0xA900;
constexpr DimseStatus kCannotUnderstand = 0xC000;
constexpr DimseStatus kSopClassNotSupported = 0x0122;
constexpr DimseStatus kNoSuchAction = 0x0123;
constexpr DimseStatus kNotAuthorized = 0x0124;
constexpr DimseStatus kDuplicateTransaction = 0x0131;

constexpr std::array kStatusesWeSend{kSuccess,        kConflictingInstance,  kUnrecognizedOperation,
                                     kOutOfResources, kDoesNotMatchSopClass, kCannotUnderstand};

constexpr std::array kReportStatusesWeSend{kSuccess,           kProcessingFailure, kNoSuchInstance,
                                           kNoSuchEventType,   kInvalidArgument,   kNoSuchSopClass,
                                           kResourceLimitation};

/// Classes of failure share their leading digits (PS3.4 B.2.3: A7xx, A9xx, Cxxx, Bxxx).
bool in_block(DimseStatus status, DimseStatus block, DimseStatus mask) {
  return (status & mask) == block;
}

}  // namespace

StoreFailure store_failure(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidInput:
      return {kCannotUnderstand, "the data set cannot be read or misses study or series UID"};
    case ErrorCode::kUnsupported:
      return {kDoesNotMatchSopClass, "SOP class or instance of data set and command differ"};
    case ErrorCode::kConflict:
      return {kConflictingInstance, "another instance with this SOP Instance UID is stored"};
    case ErrorCode::kNoSpace:
      return {kOutOfResources, "no space to store the instance; try again later"};
    default:
      return {kOutOfResources, "the instance cannot be stored now; try again later"};
  }
}

std::optional<ErrorCode> outcome_of_response(DimseStatus status) {
  // Warnings: coercion of data elements (B000), elements discarded (B006), data set does not match
  // SOP class (B007). The peer has kept the instance in each case.
  if (status == kSuccess || status == 0xB000 || status == 0xB006 || status == 0xB007) return {};
  // What we send has a UID that follows from what it is (pipeline/result_identity.h): who has it
  // already got it from us, before an answer was lost or another object of the delivery refused.
  if (status == kDuplicateInstance) return {};
  if (in_block(status, 0xA700, 0xFF00) || status == kProcessingFailure ||
      status == kNotAuthorized) {
    return ErrorCode::kUnavailable;
  }
  if (status == kConflictingInstance) return ErrorCode::kConflict;
  if (status == kSopClassNotSupported) return ErrorCode::kUnsupported;
  return ErrorCode::kInvalidInput;
}

std::string_view meaning_of(DimseStatus status) {
  if (status == kSuccess) return "success";
  if (status == kProcessingFailure) return "processing failure";
  if (status == kNoSuchInstance) return "no such SOP instance";
  if (status == kInvalidArgument) return "invalid argument value";
  if (status == kNoSuchSopClass) return "no such SOP class";
  if (status == kDuplicateInstance) return "duplicate SOP instance";
  if (status == kConflictingInstance) return "invalid or conflicting SOP instance";
  if (status == kSopClassNotSupported) return "SOP class not supported";
  if (status == kNoSuchAction) return "no such action";
  if (status == kNotAuthorized) return "not authorized";
  if (status == kDuplicateTransaction) return "duplicate transaction UID";
  if (status == kResourceLimitation) return "resource limitation";
  if (status == kUnrecognizedOperation) return "unrecognized operation";
  if (in_block(status, 0xA700, 0xFF00)) return "out of resources";
  if (in_block(status, 0xA900, 0xFF00)) return "data set does not match SOP class";
  if (in_block(status, 0xC000, 0xF000)) return "cannot understand";
  if (in_block(status, 0xB000, 0xF000)) return "warning";
  return "unknown status";
}

std::span<const DimseStatus> statuses_we_send() { return kStatusesWeSend; }

std::span<const DimseStatus> report_statuses_we_send() { return kReportStatusesWeSend; }

ActionOutcome outcome_of_action(DimseStatus status) {
  // Warnings (PS3.7 C.4): the report tells what they are about.
  constexpr DimseStatus kAttributeListError = 0x0107;
  constexpr DimseStatus kValueOutOfRange = 0x0116;
  if (status == kSuccess || status == 0x0001 || status == kAttributeListError ||
      status == kValueOutOfRange || in_block(status, 0xB000, 0xF000)) {
    return ActionOutcome::kAccepted;
  }
  // The instance is the one that all who know the class have.
  if (status == kNoSuchSopClass || status == kNoSuchInstance || status == kSopClassNotSupported ||
      status == kNoSuchAction || status == kUnrecognizedOperation) {
    return ActionOutcome::kNotSupported;
  }
  if (status == kProcessingFailure || status == kResourceLimitation || status == kNotAuthorized ||
      status == kDuplicateTransaction || in_block(status, 0xA700, 0xFF00)) {
    return ActionOutcome::kTryLater;
  }
  return ActionOutcome::kRefused;
}

}  // namespace hilum::scp
