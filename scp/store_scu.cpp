#include "scp/store_scu.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmnet/dimse.h>
#include <dcmtk/dcmnet/dul.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "dicomseg/dcmtk_error.h"
#include "scp/association_policy.h"
#include "scp/dcmtk_runtime.h"
#include "scp/dimse_status.h"
#include "scp/file_identity.h"
#include "scp/outgoing_association.h"
#include "scp/presentation_contexts.h"

namespace hilum::scp {
namespace {

constexpr const char* kExplicitLittleEndian = "1.2.840.10008.1.2.1";
constexpr const char* kImplicitLittleEndian = "1.2.840.10008.1.2";

/// The file's own transfer syntax first; the plain ones as a second context when DCMTK can convert
/// without touching compressed pixels.
void propose(const FileIdentity& identity, std::vector<OutgoingAssociation::Proposal>& proposals) {
  const auto add = [&](const std::string& syntax) {
    const auto& sop_class = identity.sop_class.str();
    const bool known = std::ranges::any_of(proposals, [&](const auto& proposal) {
      return proposal.abstract_syntax == sop_class && proposal.transfer_syntaxes.front() == syntax;
    });
    if (!known) proposals.push_back({sop_class, {syntax}});
  };
  const std::string& own = identity.transfer_syntax.str();
  add(own);
  const DcmXfer syntax(own.c_str());
  if (syntax.getXfer() == EXS_Unknown || syntax.isEncapsulated()) return;
  for (const char* plain : {kExplicitLittleEndian, kImplicitLittleEndian}) add(plain);
}

Status judge(DimseStatus status, DcmDataset* detail) {
  const auto failure = outcome_of_response(status);
  if (!failure) return ok();
  OFString comment;
  if (detail != nullptr) detail->findAndGetOFString(DCM_ErrorComment, comment);
  return Error{*failure,
               fmt::format("the peer answered status {:04X} ({}){}{}", status, meaning_of(status),
                           comment.empty() ? "" : ": ", printable(comment.c_str()))};
}

Status store(OutgoingAssociation& association, const FileIdentity& identity,
             const std::filesystem::path& file) {
  const auto context =
      association.context_for(identity.sop_class.str(), identity.transfer_syntax.str());
  if (context == 0) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("the peer does not accept SOP class {} in transfer syntax {}; enable "
                             "it at the PACS, or give this peer a profile without it",
                             identity.sop_class.str(), identity.transfer_syntax.str())};
  }
  T_DIMSE_C_StoreRQ request{};
  request.MessageID = association.next_message_id();
  request.DataSetType = DIMSE_DATASET_PRESENT;
  request.Priority = DIMSE_PRIORITY_MEDIUM;
  OFStandard::strlcpy(request.AffectedSOPClassUID, identity.sop_class.str().c_str(),
                      sizeof(request.AffectedSOPClassUID));
  OFStandard::strlcpy(request.AffectedSOPInstanceUID, identity.sop.str().c_str(),
                      sizeof(request.AffectedSOPInstanceUID));
  T_DIMSE_C_StoreRSP response{};
  DcmDataset* raw_detail = nullptr;
  // Blocking for DCMTK means until the socket's own deadline here.
  const OFCondition condition =
      DIMSE_storeUser(association.get(), context, &request, file.c_str(), nullptr, nullptr, nullptr,
                      DIMSE_BLOCKING, 0, &response, &raw_detail);
  const std::unique_ptr<DcmDataset> detail(raw_detail);
  if (condition.bad()) {
    return to_error(condition, ErrorCode::kUnavailable,
                    fmt::format("the transfer broke ({})", association.transport_state()));
  }
  return judge(response.DimseStatus, detail.get());
}

}  // namespace

StoreScu::StoreScu(Options options) : options_(std::move(options)) {
  dcmConnectionTimeout.set(static_cast<Sint32>(options_.connect_timeout.count()));
}

Status StoreScu::send(const Peer& destination, std::span<const std::filesystem::path> files) {
  if (auto ready = init_dcmtk_runtime(); !ready) return ready;
  std::vector<FileIdentity> identities;
  std::vector<OutgoingAssociation::Proposal> proposals;
  for (const auto& file : files) {
    auto identity = identify(file);
    if (!identity) return std::move(identity).error();
    propose(*identity, proposals);
    identities.push_back(std::move(*identity));
  }
  const auto to_peer = description_of(destination, options_.ae_title);
  auto association = OutgoingAssociation::open(destination, options_, proposals);
  if (!association) {
    return std::move(association)
        .error()
        .in(fmt::format("send {} objects to {}", files.size(), to_peer));
  }
  Status outcome = ok();
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string& sop = identities[i].sop.str();
    auto stored = store(*association, identities[i], files[i]);
    if (stored) {
      spdlog::info("event=instance_sent sop={} peer=\"{}\"", sop, destination.name);
      continue;
    }
    Error error = std::move(stored).error().in(fmt::format("send {} to {}", sop, to_peer));
    // All of it comes again, so there is no use in going on now.
    if (error.code == ErrorCode::kUnavailable) return error;
    if (outcome) outcome = std::move(error);
  }
  association->release();
  return outcome;
}

Status StoreScu::echo(const Peer& peer) {
  if (auto ready = init_dcmtk_runtime(); !ready) return ready;
  const auto what = "C-ECHO to " + description_of(peer, options_.ae_title);
  auto association = OutgoingAssociation::open(
      peer, options_,
      {{std::string(kVerificationSopClass), {kExplicitLittleEndian, kImplicitLittleEndian}}});
  if (!association) return std::move(association).error().in(what);
  DIC_US status = kSuccess;
  const OFCondition condition = DIMSE_echoUser(association->get(), association->next_message_id(),
                                               DIMSE_BLOCKING, 0, &status, nullptr);
  if (condition.bad()) return to_error(condition, ErrorCode::kUnavailable, what);
  if (auto judged = judge(status, nullptr); !judged) return std::move(judged).error().in(what);
  association->release();
  return ok();
}

Result<std::vector<std::string>> StoreScu::refused_of(const Peer& peer,
                                                      std::span<const std::string> sop_classes) {
  if (auto ready = init_dcmtk_runtime(); !ready) return std::move(ready).error();
  std::vector<OutgoingAssociation::Proposal> proposals;
  for (const std::string& sop_class : sop_classes) {
    for (const char* plain : {kExplicitLittleEndian, kImplicitLittleEndian}) {
      proposals.push_back({sop_class, {plain}});
    }
  }
  auto association = OutgoingAssociation::open(peer, options_, proposals);
  if (!association) {
    return std::move(association).error().in(description_of(peer, options_.ae_title));
  }
  std::vector<std::string> refused;
  for (const std::string& sop_class : sop_classes) {
    if (association->context_for(sop_class, kExplicitLittleEndian) == 0)
      refused.push_back(sop_class);
  }
  association->release();
  return refused;
}

}  // namespace hilum::scp
