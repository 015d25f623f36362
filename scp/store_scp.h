#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pipeline/domain/commitment.h"
#include "pipeline/domain/ports.h"
#include "scp/acse.h"
#include "scp/dimse_messages.h"
#include "scp/dimse_status.h"
#include "scp/spool.h"

namespace hilum::scp {

/// What happened on an association, for its closing log line.
struct ServiceSummary {
  std::string_view end;  ///< how it ended
  std::uint64_t stored = 0;
  std::uint64_t stored_again = 0;
  std::uint64_t failed = 0;
};

/// Serves one established association: Verification and Storage as SCP (PS3.4 A and B), and reports
/// on Storage Commitment, for which the caller is the SCP (PS3.4 J). A C-STORE
/// is answered with success only after `Spool::commit` made the instance durable and the sink was
/// told. A failed store is answered and the association goes on; a violated protocol ends it.
/// Only for `.cpp` files. One thread.
class StoreScp {
 public:
  struct Caller {
    std::uint64_t association;
    std::string calling_ae;  ///< printable
    VirtualNode node;        ///< which of ours it called
  };
  /// `reports` may be null: then no report is understood.
  StoreScp(Association& association, Socket& socket, Spool& spool, IntakeSink& sink, Caller caller,
           CommitmentSink* reports)
      : association_(association),
        socket_(socket),
        spool_(spool),
        sink_(sink),
        reports_(reports),
        caller_(std::move(caller)),
        fragments_(socket, max_pdu_of(association)) {}

  /// Returns when the association is over.
  ServiceSummary serve();

 private:
  enum class Next { kGoOn, kEnd };

  /// What we told the peer when the association was made.
  static std::uint32_t max_pdu_of(const Association& association) {
    return static_cast<std::uint32_t>(association.get()->params->ourMaxPDUReceiveSize);
  }

  Next handle(const Incoming& incoming);
  Next nothing_came();
  Next store(const Incoming& incoming, const StoreCommand& command);
  Next take_report(const Incoming& incoming, const EventReportCommand& command);
  Next refuse(const Incoming& incoming, const OtherCommand& command);
  /// What answers a request that we never made.
  Next pass_over(const Incoming& incoming, const Response& response);
  Next answered(const Status& sent);
  Next broken(const Error& error);
  Next abort();

  Association& association_;
  Socket& socket_;
  Spool& spool_;
  IntakeSink& sink_;
  CommitmentSink* const reports_;
  void log_failure(const StoreCommand& command, const Error& error, DimseStatus status);

  const Caller caller_;
  DataFragments fragments_;
  ServiceSummary summary_;
  bool told_no_space_ = false;
};

}  // namespace hilum::scp
