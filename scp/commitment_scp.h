#pragma once

#include <string_view>

#include "pipeline/domain/commitment.h"
#include "scp/dimse_messages.h"

namespace hilum::scp {

/// Where a report comes from, whoever opened the association.
struct ReportChannel {
  T_ASC_Association* association;
  Socket& socket;
  DataFragments& fragments;
  std::string_view name;  ///< for log lines: "assoc=7"
};

/// Receives what follows an N-EVENT-REPORT command of Storage Commitment (PS3.4 J.3.3), hands it to
/// `sink`, and answers: with success only after the sink has said that it is durable. A report that
/// cannot be understood or kept is answered so, and the association goes on; an error ends it. Only
/// for `.cpp` files.
Status answer_report(const ReportChannel& channel, T_ASC_PresentationContextID context,
                     const EventReportCommand& command, CommitmentSink& sink);

/// Whether the command came in a context that was accepted for Storage Commitment.
bool is_commitment_context(T_ASC_Association* association, T_ASC_PresentationContextID context);

}  // namespace hilum::scp
