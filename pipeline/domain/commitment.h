#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "pipeline/domain/ports.h"

/// Storage Commitment (PS3.4 J): destinations confirm that they keep what they were sent. A request
/// names objects and has a Transaction UID; the report on it comes when the destination likes.
namespace hilum {

/// An object that a destination does not keep.
struct NotCommitted {
  SopInstanceUid sop;
  std::uint16_t reason = 0;  ///< Failure Reason (0008,1197); 0: the report is silent about it
  bool operator==(const NotCommitted&) const = default;
};
/// "no such object instance (0112)": the meaning of a reason (PS3.3 C.14.1.1).
std::string reason_in_words(std::uint16_t reason);
/// Whether sending the object again can mend what the reason says.
bool sending_can_help(std::uint16_t reason);

/// What a destination says about the objects of a transaction.
struct CommitmentReport {
  TransactionUid transaction;
  std::vector<SopInstanceUid> committed;
  std::vector<NotCommitted> failed;  ///< also when `committed` has it as well
};

/// A delivery in state kStored in the hands of a worker; its files are those of the objects that
/// are not committed yet. None: nothing is left to ask for.
struct StoredDelivery {
  enum class Stage {
    kToBeAsked,  ///< there is no request, or the last one was refused
    kNoReport,   ///< the last request's deadline is over
    kReported,   ///< not all of its objects are committed
  };
  Delivery delivery;
  Stage stage = Stage::kToBeAsked;
  int unanswered = 0;                         ///< requests without a report, in a row
  int refused = 0;                            ///< requests that were not even accepted, in a row
  std::vector<NotCommitted> not_committed{};  ///< of kReported
};

/// What a report meant, for the log.
struct RecordedReport {
  enum class Kind {
    kUnknown,   ///< no such transaction
    kRepeated,  ///< reported before; nothing has changed
    kRecorded,
  };
  Kind kind = Kind::kUnknown;
  JobId job = 0;
  DeliveryId delivery = 0;
  int missing = 0;              ///< objects of the delivery that are not committed now
  std::string reasons{};        ///< why, in words
  bool of_last_request = true;  ///< or of an earlier one
};

/// The part of the node's memory that knows of requests and reports. Every method is one durable
/// transaction. Those with an owner need its lease; they do nothing, successfully, when a report or
/// a cancellation has ended the state kStored meanwhile.
///
/// A worker ends the state by `JobStore::delivery_done`, `delivery_retry_later` (what is not
/// committed is sent again) or `delivery_failed`.
class CommitmentStore {
 public:
  virtual ~CommitmentStore() = default;
  /// A delivery in state kStored about which something is to be done, or nothing. Like waiting
  /// ones, those of a series that is open again rest.
  virtual Result<std::optional<StoredDelivery>> claim_stored(const Lease& lease, Time now) = 0;
  /// Before a request goes out. Earlier ones without a report count as unanswered.
  virtual Status commitment_begun(DeliveryId id, const std::string& owner,
                                  const TransactionUid& transaction, Time deadline, Time now) = 0;
  /// The request was accepted: nothing is to be done until its report, or its deadline.
  virtual Status commitment_awaited(DeliveryId id, const std::string& owner, Time now) = 0;
  /// The request was not accepted: the next one from `not_before` on.
  virtual Status commitment_refused(DeliveryId id, const std::string& owner, const Error& why,
                                    Time not_before, Time now) = 0;
  /// kDelivered although nobody has confirmed it; `note` says why.
  virtual Status commitment_waived(DeliveryId id, const std::string& owner, const std::string& note,
                                   Time now) = 0;
  /// The report counts for objects about which no later request has a report. When all of a
  /// delivery are committed and it is kStored, it is kDelivered.
  virtual Result<RecordedReport> record_report(const CommitmentReport& report, Time now) = 0;
};

/// Takes reports, on whichever association they come.
class CommitmentSink {
 public:
  virtual ~CommitmentSink() = default;
  /// Success, also for a report that nobody waits for, only when what it says is durable: then it
  /// may be answered with success.
  virtual Status report_arrived(const CommitmentReport& report) = 0;
};

/// Asks destinations. Implemented by scp/.
class CommitmentRequester {
 public:
  enum class Answer {
    kAccepted,      ///< a report will follow, or has come
    kNotSupported,  ///< this peer does not do Storage Commitment
  };
  struct Request {
    TransactionUid transaction;
    std::vector<std::filesystem::path> files;  ///< of the objects that it is about
  };

  virtual ~CommitmentRequester() = default;
  /// Asks on an association of its own, which stays open a while for the report; that ends early
  /// when `enough` is requested. Reports go to `sink` as they come, before this returns or by the
  /// listener. Ends in bounded time. Errors: kUnavailable when trying again can help.
  virtual Result<Answer> request(const Peer& peer, const Request& request, CommitmentSink& sink,
                                 std::stop_token enough) = 0;
};

}  // namespace hilum
