#include "scp/acse.h"

#include <dcmtk/ofstd/ofstd.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "dicomseg/dcmtk_error.h"
#include "pipeline/domain/implementation.h"
#include "scp/associate_request.h"
#include "scp/commitment_report.h"
#include "scp/pdu.h"

namespace hilum::scp {
namespace {

/// How long a peer may take to close the connection after a release or rejection.
constexpr int kClosingSeconds = 2;

struct Proposal {
  T_ASC_PresentationContextID id;
  std::string abstract_syntax;
  std::vector<std::string> transfer_syntaxes;
  RequestorRole role;
};

RequestorRole role_of(T_ASC_SC_ROLE role) {
  switch (role) {
    case ASC_SC_ROLE_SCU:
      return RequestorRole::kScu;
    case ASC_SC_ROLE_SCP:
      return RequestorRole::kScp;
    case ASC_SC_ROLE_SCUSCP:
      return RequestorRole::kBoth;
    default:
      return RequestorRole::kDefault;
  }
}

/// More transfer syntaxes than DCMTK can hand over are taken for none that we know.
Proposal proposal_at(T_ASC_Parameters* params, int position) {
  T_ASC_PresentationContext context{};
  const bool complete = ASC_getPresentationContext(params, position, &context).good();
  Proposal proposal{
      context.presentationContextID, context.abstractSyntax, {}, role_of(context.proposedRole)};
  for (int i = 0; complete && i < context.transferSyntaxCount; ++i) {
    proposal.transfer_syntaxes.emplace_back(context.proposedTransferSyntaxes[i]);
  }
  return proposal;
}

T_ASC_P_ResultReason to_dcmtk(ContextAnswer::Kind kind) {
  switch (kind) {
    case ContextAnswer::Kind::kAccepted:
      return ASC_P_ACCEPTANCE;
    case ContextAnswer::Kind::kAbstractSyntaxNotSupported:
      return ASC_P_ABSTRACTSYNTAXNOTSUPPORTED;
    case ContextAnswer::Kind::kTransferSyntaxesNotSupported:
      return ASC_P_TRANSFERSYNTAXESNOTSUPPORTED;
  }
  return ASC_P_NOREASON;
}

/// Who speaks something else is told so in the log in words that name it.
Error no_request(std::uint8_t first_byte) {
  constexpr std::uint8_t kTlsHandshake = 0x16;
  return {
      ErrorCode::kInvalidInput,
      first_byte == kTlsHandshake
          ? "the caller speaks TLS, this port does not: let it call the TLS port (tls.port), or "
            "switch TLS off at the caller"
          : fmt::format("the caller does not speak DICOM: its first byte is {:02X}, that of an "
                        "association request is 01; is it a browser, a port scanner or an HL7 "
                        "sender?",
                        first_byte)};
}

/// A-ABORT by the service provider, "invalid PDU parameter value" (PS3.8 9.3.8).
void abort_invalid(Socket& socket) {
  constexpr std::array<std::uint8_t, 10> kAbort{0x07, 0, 0, 0, 0, 4, 0, 0, 2, 6};
  (void)socket.write(kAbort.data(), kAbort.size());
}

/// Reads the whole request before DCMTK does, and leaves what matters of it in the socket.
Status reduce_request(Socket& socket, std::uint64_t most_bytes) {
  std::vector<std::byte> pdu(kPduHeaderBytes);
  const auto cut = [&] {
    return Error{ErrorCode::kUnavailable, fmt::format("no complete association request came ({})",
                                                      to_string(socket.ending()))};
  };
  if (!read_all(socket, std::span(pdu).first(1))) return cut();
  const auto type = std::to_integer<std::uint8_t>(pdu[0]);
  if (type != kAssociateRequestType) return no_request(type);
  if (!read_all(socket, std::span(pdu).subspan(1))) return cut();
  const PduHeader header = parse_pdu_header(std::span(pdu).first<kPduHeaderBytes>());
  if (header.length > most_bytes - kPduHeaderBytes) {
    abort_invalid(socket);
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("the association request says that it has {} bytes, at most {} are read",
                    header.length, most_bytes)};
  }
  // Grows as the bytes come: a length alone costs no memory.
  constexpr std::size_t kPiece = 64 * 1024;
  const std::size_t size = kPduHeaderBytes + header.length;
  while (pdu.size() < size) {
    const std::size_t begin = pdu.size();
    pdu.resize(std::min(size, begin + kPiece));
    if (!read_all(socket, std::span(pdu).subspan(begin))) return cut();
  }
  auto reduced = reduced_associate_request(std::span(pdu).subspan(kPduHeaderBytes));
  if (!reduced) {
    abort_invalid(socket);
    return std::move(reduced).error();
  }
  socket.unread(*reduced);
  socket.unread(encode({.type = type, .length = static_cast<std::uint32_t>(reduced->size())}));
  return ok();
}

}  // namespace

void announce_implementation(T_ASC_Parameters& params) {
  OFStandard::strlcpy(params.ourImplementationClassUID, implementation_class_uid().c_str(),
                      sizeof(params.ourImplementationClassUID));
  OFStandard::strlcpy(params.ourImplementationVersionName, kImplementationVersionName,
                      sizeof(params.ourImplementationVersionName));
}

Association::Association(Association&& other) noexcept
    : network_(std::exchange(other.network_, nullptr)),
      association_(std::exchange(other.association_, nullptr)) {}

Association::~Association() {
  // The association refers to the network's transport layer, so it goes first.
  if (association_ != nullptr) ASC_destroyAssociation(&association_);
  if (network_ != nullptr) ASC_dropNetwork(&network_);
}

Result<Association> Association::receive(std::shared_ptr<Socket> socket, std::uint32_t max_pdu,
                                         std::chrono::seconds timeout) {
  // A request of 128 contexts with 50 transfer syntaxes each stays below this. DCMTK allocates
  // what the length field says, so the bound also limits the memory that is ever touched.
  constexpr std::uint64_t kMaxRequestBytes = 1 << 20;
  socket->set_allowance(kMaxRequestBytes);
  if (auto reduced = reduce_request(*socket, kMaxRequestBytes); !reduced) {
    return std::move(reduced).error();
  }
  socket->set_allowance(kMaxRequestBytes);
  Association result;
  const int seconds = static_cast<int>(timeout.count());
  OFCondition condition = ASC_initializeNetwork(NET_ACCEPTOR, 0, seconds, &result.network_);
  if (condition.good()) {
    auto layer = std::make_unique<AcceptedTransportLayer>(socket);
    condition = ASC_setTransportLayer(result.network_, layer.release(), 1 /* takes ownership */);
  }
  if (condition.good()) {
    condition =
        ASC_receiveAssociation(result.network_, &result.association_, static_cast<long>(max_pdu),
                               nullptr, nullptr, OFFalse, DUL_NOBLOCK, seconds);
  }
  socket->set_allowance({});
  if (condition.bad()) {
    return to_error(
        condition, ErrorCode::kUnavailable,
        "receive an association request (" + std::string(to_string(socket->ending())) + ")");
  }
  return result;
}

AssociationRequest Association::request(const Socket& socket) const {
  const auto& parameters = association_->params->DULparams;
  const auto title = [](const char* text) { return text == kNoTitle ? std::string() : text; };
  return {.calling_ae = title(parameters.callingAPTitle),
          .called_ae = title(parameters.calledAPTitle),
          .peer_address = socket.peer_address(),
          .application_context = parameters.applicationContextName,
          .security = socket.tls() != nullptr ? Security::kTls : Security::kNone,
          .certificate = socket.tls() != nullptr ? socket.tls()->peer_certificate() : std::nullopt,
          .purpose = purpose()};
}

Purpose Association::purpose() const {
  const int count = ASC_countPresentationContexts(association_->params);
  Purpose purpose = count > 0 ? Purpose::kVerification : Purpose::kAnything;
  for (int position = 0; position < count; ++position) {
    T_ASC_PresentationContext proposed{};
    // An incomplete answer is about transfer syntaxes; the abstract syntax is there in any case.
    (void)ASC_getPresentationContext(association_->params, position, &proposed);
    const std::string_view sop_class(proposed.abstractSyntax);
    if (sop_class == kStorageCommitmentSopClass) {
      purpose = Purpose::kReports;
    } else if (sop_class != kVerificationSopClass) {
      return Purpose::kAnything;
    }
  }
  return purpose;
}

void Association::reject(const RejectReason& reason) {
  T_ASC_RejectParameters parameters{};
  parameters.result = static_cast<T_ASC_RejectParametersResult>(reason.result);
  parameters.source = static_cast<T_ASC_RejectParametersSource>(reason.source);
  // DCMTK's enumeration carries the source in its upper byte.
  parameters.reason =
      static_cast<T_ASC_RejectParametersReason>((reason.source << 8) | reason.reason);
  if (ASC_rejectAssociation(association_, &parameters).good()) {
    ASC_dropSCPAssociation(association_, kClosingSeconds);
  }
}

Result<std::vector<AnsweredContext>> Association::accept(const SyntaxFilter& of_use,
                                                         Reports reports) {
  T_ASC_Parameters* params = association_->params;
  announce_implementation(*params);
  std::vector<AnsweredContext> answered;
  const int count = ASC_countPresentationContexts(params);
  for (int position = 0; position < count; ++position) {
    auto proposal = proposal_at(params, position);
    const bool is_report =
        reports == Reports::kTaken && proposal.abstract_syntax == kStorageCommitmentSopClass;
    const auto answer =
        is_report ? answer_commitment_context(proposal.transfer_syntaxes, proposal.role)
                  : answer_context(proposal.abstract_syntax, proposal.transfer_syntaxes, of_use);
    const OFCondition condition =
        answer.kind == ContextAnswer::Kind::kAccepted
            ? ASC_acceptPresentationContext(
                  params, proposal.id, answer.transfer_syntax.c_str(),
                  answer.role == RequestorRole::kScp ? ASC_SC_ROLE_SCP : ASC_SC_ROLE_DEFAULT)
            : ASC_refusePresentationContext(params, proposal.id, to_dcmtk(answer.kind));
    if (condition.bad()) {
      return to_error(condition, ErrorCode::kInvalidInput, "answer a presentation context");
    }
    answered.push_back(
        {std::move(proposal.abstract_syntax), std::move(proposal.transfer_syntaxes), answer.kind});
  }
  const OFCondition sent = ASC_acknowledgeAssociation(association_);
  if (sent.bad()) return to_error(sent, ErrorCode::kUnavailable, "accept the association");
  return answered;
}

void Association::confirm_release() {
  if (ASC_acknowledgeRelease(association_).good()) {
    ASC_dropSCPAssociation(association_, kClosingSeconds);
  }
}

void Association::abort() { ASC_abortAssociation(association_); }

}  // namespace hilum::scp
