#include "scp/outgoing_association.h"

#include <dcmtk/ofstd/ofstd.h>
#include <fmt/format.h>

#include <utility>

#include "dicomseg/dcmtk_error.h"
#include "scp/acse.h"

namespace hilum::scp {
namespace {

/// DCMTK copies the host into a buffer of 128 bytes and separates the port by the first colon.
Status check_host(const Peer& peer) {
  constexpr std::size_t kLongestHost = 100;
  if (peer.port == 0) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("peer \"{}\" has no port to send to; set port in its [[peer]] section",
                             peer.name)};
  }
  if (peer.host.empty() || peer.host.size() > kLongestHost ||
      peer.host.find_first_of(": *") != std::string::npos) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("host \"{}\" of peer \"{}\" cannot be sent to; use a host name or an "
                             "IPv4 address (for IPv6: a host name)",
                             peer.host, peer.name)};
  }
  return ok();
}

/// Nothing for a peer that is called without TLS.
Result<std::optional<RequestedTls>> tls_for(const Peer& peer, const StoreScu::Options& options) {
  if (!peer.tls) return std::optional<RequestedTls>();
  if (!options.tls || options.tls->options().authorities.empty()) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("peer \"{}\" has tls = true, but this node believes no authority that "
                             "could have signed its certificate; set tls.authorities",
                             peer.name)};
  }
  return std::optional(RequestedTls{options.tls, peer.host, peer.certificate_name});
}

/// What a rejection asks the administrator to do (PS3.8 9.3.4).
std::string advice_on(const T_ASC_RejectParameters& rejection, const Peer& peer,
                      const AeTitle& ours) {
  switch (rejection.reason) {
    case ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED:
      return fmt::format(
          "it does not know our AE title {}: is it registered at the PACS with "
          "this node's address?",
          ours.str());
    case ASC_REASON_SU_CALLEDAETITLENOTRECOGNIZED:
      return fmt::format("it is not called {}: correct ae_title of peer \"{}\"",
                         peer.ae_title.str(), peer.name);
    case ASC_REASON_SP_PRES_LOCALLIMITEXCEEDED:
    case ASC_REASON_SP_PRES_TEMPORARYCONGESTION:
      return "it is busy";
    default:
      return fmt::format("is AE title {} registered at the PACS?", ours.str());
  }
}

/// What the transport knows of why there was no answer; empty: nothing.
std::string transport_trouble(const OFCondition& condition, const RequestedTransportLayer& layer) {
  constexpr std::uint8_t kTlsAlert = 0x15;
  const auto& socket = layer.socket();
  if (!socket) return {};
  if (socket->tls() == nullptr) {
    if (socket->first_byte() == kTlsAlert) {
      return "the peer speaks TLS at this port: set tls = true in its [[peer]] section";
    }
    return !socket->first_byte() && socket->ending() == Ending::kPeerClosed
               ? "the peer closed the connection without a word; if it speaks TLS at this port, "
                 "set "
                 "tls = true in its [[peer]] section. Its log may say more"
               : "";
  }
  if (!socket->tls()->failure().empty()) return socket->tls()->failure();
  return condition == makeDcmnetCondition(DULC_TLSERROR, OF_error, "") ? condition.text() : "";
}

Error request_failed(const OFCondition& condition, T_ASC_Association* association, const Peer& peer,
                     const AeTitle& ours, const RequestedTransportLayer& layer) {
  if (auto trouble = transport_trouble(condition, layer); !trouble.empty()) {
    return {ErrorCode::kUnavailable, std::move(trouble)};
  }
  if (condition != DUL_ASSOCIATIONREJECTED) {
    return {
        ErrorCode::kUnavailable,
        fmt::format("no answer ({}); is the host reachable and the port right?", condition.text())};
  }
  T_ASC_RejectParameters rejection{};
  ASC_getRejectParameters(association->params, &rejection);
  return {ErrorCode::kUnavailable,
          fmt::format("the peer rejected the association (result {}, source {}, reason {}); {}",
                      static_cast<int>(rejection.result), static_cast<int>(rejection.source),
                      static_cast<int>(rejection.reason) & 0xFF, advice_on(rejection, peer, ours))};
}

OFCondition add_context(T_ASC_Parameters* params, int index,
                        const OutgoingAssociation::Proposal& proposal) {
  std::vector<const char*> syntaxes;
  for (const auto& syntax : proposal.transfer_syntaxes) syntaxes.push_back(syntax.c_str());
  // Context IDs are the odd numbers (PS3.8 9.3.2.2).
  const auto id = static_cast<T_ASC_PresentationContextID>(2 * index + 1);
  const bool receiving = proposal.role == OutgoingAssociation::Proposal::Role::kScp;
  return ASC_addPresentationContext(params, id, proposal.abstract_syntax.c_str(), syntaxes.data(),
                                    static_cast<int>(syntaxes.size()),
                                    receiving ? ASC_SC_ROLE_SCP : ASC_SC_ROLE_DEFAULT);
}

OFCondition fill(T_ASC_Parameters* params, const Peer& peer, const StoreScu::Options& options,
                 const std::vector<OutgoingAssociation::Proposal>& proposals) {
  announce_implementation(*params);
  ASC_setAPTitles(params, options.ae_title.str().c_str(), peer.ae_title.str().c_str(), nullptr);
  const auto address = fmt::format("{}:{}", peer.host, peer.port);
  ASC_setPresentationAddresses(params, "localhost", address.c_str());
  for (std::size_t i = 0; i < proposals.size(); ++i) {
    const auto added = add_context(params, static_cast<int>(i), proposals[i]);
    if (added.bad()) return added;
  }
  return EC_Normal;
}

}  // namespace

std::string description_of(const Peer& peer, const AeTitle& ours) {
  return fmt::format("peer \"{}\" ({} at {}:{}, calling as {})", peer.name, peer.ae_title.str(),
                     peer.host, peer.port, ours.str());
}

OutgoingAssociation::OutgoingAssociation(Socket::Options options, std::optional<RequestedTls> tls)
    : layer_(std::make_unique<RequestedTransportLayer>(options, std::move(tls))) {}

OutgoingAssociation::OutgoingAssociation(OutgoingAssociation&& other) noexcept
    : layer_(std::move(other.layer_)),
      network_(std::exchange(other.network_, nullptr)),
      association_(std::exchange(other.association_, nullptr)) {}

OutgoingAssociation::~OutgoingAssociation() {
  if (association_ != nullptr) {
    // DCMTK waits for the peer to close and passes over what it sends meanwhile.
    constexpr std::chrono::seconds kClosing{2};
    if (layer_->socket()) layer_->socket()->set_deadline(kClosing);
    ASC_abortAssociation(association_);
    ASC_destroyAssociation(&association_);
  }
  if (network_ != nullptr) ASC_dropNetwork(&network_);
}

Result<OutgoingAssociation> OutgoingAssociation::open(const Peer& peer,
                                                      const StoreScu::Options& options,
                                                      const std::vector<Proposal>& proposals) {
  if (auto usable = check_host(peer); !usable) return std::move(usable).error();
  auto tls = tls_for(peer, options);
  if (!tls) return std::move(tls).error();
  OutgoingAssociation result({options.association_timeout}, *std::move(tls));
  const int seconds = static_cast<int>(options.association_timeout.count());
  OFCondition condition = ASC_initializeNetwork(NET_REQUESTOR, 0, seconds, &result.network_);
  if (condition.good()) {
    condition = ASC_setTransportLayer(result.network_, result.layer_.get(), 0 /* stays ours */);
  }
  T_ASC_Parameters* params = nullptr;
  if (condition.good()) {
    condition = ASC_createAssociationParameters(&params, static_cast<long>(options.max_pdu));
  }
  if (condition.good()) condition = fill(params, peer, options, proposals);
  if (condition.bad()) {
    ASC_destroyAssociationParameters(&params);
    return to_error(condition, ErrorCode::kInternal, "prepare an association");
  }
  condition = ASC_requestAssociation(result.network_, params, &result.association_, nullptr,
                                     nullptr, DUL_NOBLOCK, seconds);
  if (condition.bad()) {
    Error error =
        request_failed(condition, result.association_, peer, options.ae_title, *result.layer_);
    // Without an association object the parameters are still ours.
    if (result.association_ == nullptr) ASC_destroyAssociationParameters(&params);
    if (result.association_ != nullptr) ASC_destroyAssociation(&result.association_);
    return error;
  }
  result.layer_->socket()->set_deadline({});
  result.layer_->socket()->set_idle_timeout(options.response_timeout);
  return result;
}

T_ASC_PresentationContextID OutgoingAssociation::context_for(
    const std::string& abstract_syntax, const std::string& transfer_syntax) const {
  const auto exact = ASC_findAcceptedPresentationContextID(association_, abstract_syntax.c_str(),
                                                           transfer_syntax.c_str());
  if (exact != 0) return exact;
  return ASC_findAcceptedPresentationContextID(association_, abstract_syntax.c_str());
}

std::string_view OutgoingAssociation::transport_state() const {
  return to_string(layer_->socket()->ending());
}

void OutgoingAssociation::release() {
  // The answer is not needed: what was to be delivered has been acknowledged.
  ASC_releaseAssociation(association_);
  ASC_destroyAssociation(&association_);
}

}  // namespace hilum::scp
