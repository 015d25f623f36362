#include "scp/commitment_scu.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmnet/dimse.h>
#include <dcmtk/ofstd/ofstd.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dicomseg/dcmtk_error.h"
#include "scp/commitment_report.h"
#include "scp/commitment_scp.h"
#include "scp/dcmtk_runtime.h"
#include "scp/dimse_status.h"
#include "scp/file_identity.h"
#include "scp/outgoing_association.h"
#include "scp/presentation_contexts.h"

namespace hilum::scp {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Answer = CommitmentRequester::Answer;

constexpr DIC_US kActionResponse = DIMSE_N_ACTION_RSP;
/// A peer may report on older requests as well, but not for ever.
constexpr int kMostMessages = 64;

/// With Verification beside it: some peers reject an association of which they accept nothing, and
/// then look as if they were down.
std::vector<OutgoingAssociation::Proposal> proposals() {
  const std::vector<std::string> plain{"1.2.840.10008.1.2.1", "1.2.840.10008.1.2"};
  return {{std::string(kStorageCommitmentSopClass), plain},
          {std::string(kVerificationSopClass), plain}};
}

/// The data set of the request (PS3.4 J.3.2.1).
Status describe(const TransactionUid& transaction, const std::vector<FileIdentity>& objects,
                DcmDataset& data) {
  OFCondition done = data.putAndInsertString(DCM_TransactionUID, transaction.str().c_str());
  for (std::size_t i = 0; i < objects.size() && done.good(); ++i) {
    DcmItem* item = nullptr;  // belongs to the data set
    done = data.findOrCreateSequenceItem(DCM_ReferencedSOPSequence, item, static_cast<long>(i));
    if (done.bad()) break;
    done = item->putAndInsertString(DCM_ReferencedSOPClassUID, objects[i].sop_class.str().c_str());
    if (done.bad()) break;
    done = item->putAndInsertString(DCM_ReferencedSOPInstanceUID, objects[i].sop.str().c_str());
  }
  if (done.bad()) return to_error(done, ErrorCode::kInternal, "write a request");
  return ok();
}

/// One association on which a request is made.
class Exchange {
 public:
  Exchange(OutgoingAssociation association, const Peer& peer, CommitmentSink& sink)
      : association_(std::move(association)),
        fragments_(*association_.socket(),
                   static_cast<std::uint32_t>(association_.get()->params->ourMaxPDUReceiveSize)),
        name_(fmt::format("peer=\"{}\"", peer.name)),
        sink_(sink) {}

  Status send(DcmDataset& data) {
    T_DIMSE_Message message{};
    message.CommandField = DIMSE_N_ACTION_RQ;
    auto& request = message.msg.NActionRQ;
    request.MessageID = message_id_ = association_.next_message_id();
    OFStandard::strlcpy(request.RequestedSOPClassUID,
                        std::string(kStorageCommitmentSopClass).c_str(),
                        sizeof(request.RequestedSOPClassUID));
    OFStandard::strlcpy(request.RequestedSOPInstanceUID,
                        std::string(kStorageCommitmentInstance).c_str(),
                        sizeof(request.RequestedSOPInstanceUID));
    request.ActionTypeID = 1;  // Request Storage Commitment
    request.DataSetType = DIMSE_DATASET_PRESENT;
    const auto context = association_.context_for(std::string(kStorageCommitmentSopClass), {});
    const OFCondition sent = DIMSE_sendMessageUsingMemoryData(association_.get(), context, &message,
                                                              nullptr, &data, nullptr, nullptr);
    if (sent.bad()) return broken(sent.text());
    return ok();
  }

  /// The answer; reports that come before it are taken.
  Result<DimseStatus> receive_answer() {
    for (int messages = 0; messages < kMostMessages; ++messages) {
      auto incoming = receive_command(association_.get(), socket(), fragments_);
      if (!incoming) return std::move(incoming).error();
      if (const auto* report = std::get_if<EventReportCommand>(&incoming->what)) {
        if (auto taken = take(*incoming, *report); !taken) return std::move(taken).error();
        continue;
      }
      const auto* response = std::get_if<Response>(&incoming->what);
      if (response == nullptr) return broken("it sends something else than an answer");
      if (response->command_field != kActionResponse || response->responds_to != message_id_) {
        return broken("it answers something that was not asked");
      }
      if (response->has_data_set) {
        if (auto dropped = drop(*incoming); !dropped) return std::move(dropped).error();
      }
      return response->status;
    }
    return broken("it sends one report after the other, and no answer");
  }

  /// Takes reports until `patience` is over, there are enough, or the peer ends it. What a peer
  /// still has to say when there are enough comes at once, and is not cut off.
  void receive_reports(milliseconds patience, const std::stop_token& enough) {
    constexpr milliseconds kSlice{100};  // for another thread's word that there are enough
    const auto until = steady_clock::now() + patience;
    for (int messages = 0; messages < kMostMessages;) {
      if (!fragments_.has_next() && !socket().wait_readable(kSlice)) {
        const bool waits = socket().ending() == Ending::kTimeout;  // of this slice alone
        if (!waits || enough.stop_requested() || steady_clock::now() >= until) return;
        continue;
      }
      ++messages;
      auto incoming = receive_command(association_.get(), socket(), fragments_);
      const auto* report = incoming ? std::get_if<EventReportCommand>(&incoming->what) : nullptr;
      // A peer that releases or aborts has its answer by our closing.
      if (report == nullptr || !take(*incoming, *report)) return;
    }
  }

  [[nodiscard]] Socket& socket() { return *association_.socket(); }

  void release() {
    constexpr std::chrono::seconds kClosing{2};
    socket().set_deadline(kClosing);
    association_.release();
  }

 private:
  [[nodiscard]] Error broken(std::string_view why) const {
    return {ErrorCode::kUnavailable,
            fmt::format("the peer does not answer: {} ({})", why, association_.transport_state())};
  }
  Status take(const Incoming& incoming, const EventReportCommand& report) {
    return answer_report({association_.get(), socket(), fragments_, name_}, incoming.context,
                         report, sink_);
  }
  Status drop(const Incoming& incoming) {
    std::size_t size = 0;
    return receive_data_set(socket(), fragments_, incoming.context,
                            [&](std::span<const std::byte> bytes) -> Status {
                              size += bytes.size();
                              if (size > kMostReportBytes) return broken("it answers too much");
                              return ok();
                            });
  }

  OutgoingAssociation association_;
  DataFragments fragments_;
  const std::string name_;
  CommitmentSink& sink_;
  DIC_US message_id_ = 0;
};

Result<Answer> judge(DimseStatus status) {
  const auto failed = [&](ErrorCode code, std::string_view advice) {
    return Error{code, fmt::format("the peer answered status {:04X} ({}){}", status,
                                   meaning_of(status), advice)};
  };
  switch (outcome_of_action(status)) {
    case ActionOutcome::kAccepted:
      return Answer::kAccepted;
    case ActionOutcome::kNotSupported:
      return Answer::kNotSupported;
    case ActionOutcome::kTryLater:
      return failed(ErrorCode::kUnavailable, "");
    case ActionOutcome::kRefused:
      break;
  }
  return failed(ErrorCode::kInvalidInput,
                "; its log says why, or set storage_commitment = \"off\" for it");
}

Result<std::vector<FileIdentity>> identify_all(const std::vector<std::filesystem::path>& files) {
  std::vector<FileIdentity> objects;
  for (const auto& file : files) {
    auto identity = identify(file);
    if (!identity) return std::move(identity).error();
    objects.push_back(std::move(*identity));
  }
  return objects;
}

}  // namespace

Result<Answer> CommitmentScu::request(const Peer& peer, const Request& request,
                                      CommitmentSink& sink, std::stop_token enough) {
  if (auto ready = init_dcmtk_runtime(); !ready) return std::move(ready).error();
  auto objects = identify_all(request.files);
  if (!objects) return std::move(objects).error();
  DcmDataset data;
  if (auto described = describe(request.transaction, *objects, data); !described) {
    return std::move(described).error();
  }
  const auto what = fmt::format("ask {} to commit to keep {} objects",
                                description_of(peer, options_.scu.ae_title), objects->size());
  auto association = OutgoingAssociation::open(peer, options_.scu, proposals());
  if (!association) return std::move(association).error().in(what);
  if (association->context_for(std::string(kStorageCommitmentSopClass), {}) == 0) {
    association->release();
    return Answer::kNotSupported;
  }
  Exchange exchange(std::move(*association), peer, sink);
  // A peer that says a little at a time must end as well.
  exchange.socket().set_deadline(2 * options_.scu.response_timeout);
  if (auto sent = exchange.send(data); !sent) return std::move(sent).error().in(what);
  auto status = exchange.receive_answer();
  if (!status) return std::move(status).error().in(what);
  auto answer = judge(*status);
  if (!answer) return std::move(answer).error().in(what);
  if (*answer == Answer::kAccepted) {
    exchange.socket().set_deadline(options_.report_wait + options_.scu.response_timeout);
    exchange.receive_reports(options_.report_wait, enough);
  }
  exchange.release();
  return *answer;
}

Result<Answer> CommitmentScu::offers(const Peer& peer) {
  if (auto ready = init_dcmtk_runtime(); !ready) return std::move(ready).error();
  auto association = OutgoingAssociation::open(peer, options_.scu, proposals());
  if (!association) {
    return std::move(association).error().in(description_of(peer, options_.scu.ae_title));
  }
  const bool accepts = association->context_for(std::string(kStorageCommitmentSopClass), {}) != 0;
  association->release();
  return accepts ? Answer::kAccepted : Answer::kNotSupported;
}

}  // namespace hilum::scp
