#include "scp/commitment_scp.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <optional>
#include <string>
#include <utility>

#include "scp/command_set.h"
#include "scp/commitment_report.h"
#include "scp/dimse_status.h"

namespace hilum::scp {
namespace {

/// What is wrong with a report, and how that is answered.
struct Trouble {
  DimseStatus status;
  std::string reason;
  std::string_view remedy =
      "correct at the peer what the reason says, or report it to its vendor; it is asked again "
      "when its report stays away";
};

std::optional<Trouble> trouble_with(const EventReportCommand& command) {
  constexpr std::uint16_t kAllCommitted = 1;
  constexpr std::uint16_t kFailuresExist = 2;
  if (without_padding(command.sop_class) != kStorageCommitmentSopClass) {
    return Trouble{kNoSuchSopClass, "it is no report on storage commitment"};
  }
  if (without_padding(command.sop) != kStorageCommitmentInstance) {
    return Trouble{kNoSuchInstance, "it does not name the instance of storage commitment"};
  }
  if (command.event_type != kAllCommitted && command.event_type != kFailuresExist) {
    return Trouble{kNoSuchEventType, fmt::format("there is no event type {}", command.event_type)};
  }
  if (!command.has_data_set) return Trouble{kInvalidArgument, "no data set follows"};
  return {};
}

/// The data set, or nothing when it is longer than any report.
Result<std::optional<std::string>> receive_report(const ReportChannel& channel,
                                                  T_ASC_PresentationContextID context) {
  // A little too long is read to its end, so that it can be answered.
  constexpr std::size_t kMostBytesRead = 16 * kMostReportBytes;
  std::string bytes;
  std::size_t size = 0;
  auto received = receive_data_set(
      channel.socket, channel.fragments, context, [&](std::span<const std::byte> more) -> Status {
        size += more.size();
        if (size > kMostBytesRead) {
          return Error{ErrorCode::kInvalidInput,
                       fmt::format("a report of more than {} bytes came", kMostBytesRead)};
        }
        if (size <= kMostReportBytes) {
          bytes.append(reinterpret_cast<const char*>(more.data()), more.size());
        }
        return ok();
      });
  if (!received) return std::move(received).error();
  if (size > kMostReportBytes) return std::optional<std::string>();
  return std::optional(std::move(bytes));
}

PlainEncoding encoding_of(T_ASC_Association* association, T_ASC_PresentationContextID context) {
  T_ASC_PresentationContext found{};
  const bool known =
      ASC_findAcceptedPresentationContext(association->params, context, &found).good();
  return known && std::string_view(found.acceptedTransferSyntax) == "1.2.840.10008.1.2.1"
             ? PlainEncoding::kExplicitLittleEndian
             : PlainEncoding::kImplicitLittleEndian;
}

std::optional<Trouble> take(const std::optional<std::string>& bytes, PlainEncoding encoding,
                            CommitmentSink& sink) {
  if (!bytes) {
    return Trouble{kResourceLimitation, fmt::format("it has more than {} bytes", kMostReportBytes)};
  }
  auto report = parse_commitment_report(*bytes, encoding);
  if (!report) {
    const bool too_much = report.error().code == ErrorCode::kNoSpace;
    return Trouble{too_much ? kResourceLimitation : kInvalidArgument, report.error().message};
  }
  if (auto kept = sink.report_arrived(*report); !kept) {
    return Trouble{kProcessingFailure, kept.error().message,
                   "look for a fault of the disk at storage.directory, and whether the user that "
                   "runs hilum may write there"};
  }
  return {};
}

}  // namespace

bool is_commitment_context(T_ASC_Association* association, T_ASC_PresentationContextID context) {
  T_ASC_PresentationContext found{};
  return ASC_findAcceptedPresentationContext(association->params, context, &found).good() &&
         std::string_view(found.abstractSyntax) == kStorageCommitmentSopClass;
}

Status answer_report(const ReportChannel& channel, T_ASC_PresentationContextID context,
                     const EventReportCommand& command, CommitmentSink& sink) {
  auto trouble = trouble_with(command);
  if (command.has_data_set) {
    auto bytes = receive_report(channel, context);
    if (!bytes) return std::move(bytes).error();
    if (!trouble) trouble = take(*bytes, encoding_of(channel.association, context), sink);
  }
  if (trouble) {
    spdlog::error("event=report_refused {} status={:04X} reason=\"{}\" remedy=\"{}\"", channel.name,
                  trouble->status, trouble->reason, trouble->remedy);
  }
  return send_event_report_response(channel.association, context, command,
                                    trouble ? trouble->status : kSuccess);
}

}  // namespace hilum::scp
