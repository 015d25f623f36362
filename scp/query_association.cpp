#include "scp/query_association.h"

#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/ofstd/ofstd.h>
#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "dicomseg/dcmtk_error.h"

namespace hilum::scp {
namespace {

constexpr DIC_US kResponseBit = 0x8000;

Error ended(const Socket& socket) {
  return {ErrorCode::kUnavailable,
          fmt::format("the peer does not answer any more ({})", to_string(socket.ending()))};
}

/// The parts that requests have in common; where they lie differs.
template <class Request>
void fill(Request& request, DIC_US message_id, const char* model) {
  request.MessageID = message_id;
  OFStandard::strlcpy(request.AffectedSOPClassUID, model, sizeof(request.AffectedSOPClassUID));
  request.Priority = DIMSE_PRIORITY_MEDIUM;
  request.DataSetType = DIMSE_DATASET_PRESENT;
}

}  // namespace

QueryAssociation::QueryAssociation(OutgoingAssociation association, std::stop_token stop)
    : association_(std::move(association)),
      fragments_(std::make_unique<DataFragments>(
          *association_.socket(),
          static_cast<std::uint32_t>(association_.get()->params->ourMaxPDUReceiveSize))),
      on_stop_(std::make_unique<StopCallback>(
          std::move(stop), [socket = association_.socket()] { socket->shut_down(); })) {}

Result<QueryAssociation> QueryAssociation::open(
    const Peer& peer, const StoreScu::Options& options,
    const std::vector<OutgoingAssociation::Proposal>& proposals, std::stop_token stop) {
  auto association = OutgoingAssociation::open(peer, options, proposals);
  if (!association) return std::move(association).error();
  return QueryAssociation(std::move(*association), std::move(stop));
}

bool QueryAssociation::accepts(const std::string& abstract_syntax) const {
  return association_.context_for(abstract_syntax, {}) != 0;
}

Result<QueryAssociation::Request> QueryAssociation::find(DcmDataset& identifier) {
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_C_FIND_RQ;
  fill(message.msg.CFindRQ, association_.next_message_id(), kFindModel);
  return send(kFindModel, message, identifier);
}

Result<QueryAssociation::Request> QueryAssociation::get(DcmDataset& identifier) {
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_C_GET_RQ;
  fill(message.msg.CGetRQ, association_.next_message_id(), kGetModel);
  return send(kGetModel, message, identifier);
}

Result<QueryAssociation::Request> QueryAssociation::move(DcmDataset& identifier,
                                                         const AeTitle& destination) {
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_C_MOVE_RQ;
  auto& request = message.msg.CMoveRQ;
  fill(request, association_.next_message_id(), kMoveModel);
  OFStandard::strlcpy(request.MoveDestination, destination.str().c_str(),
                      sizeof(request.MoveDestination));
  return send(kMoveModel, message, identifier);
}

Result<QueryAssociation::Request> QueryAssociation::send(const char* model,
                                                         T_DIMSE_Message& message,
                                                         DcmDataset& identifier) {
  const auto context = association_.context_for(model, {});
  if (context == 0) {
    return Error{
        ErrorCode::kUnsupported,
        fmt::format("the peer does not accept SOP class {}; enable Query/Retrieve for this "
                    "node there, or set query = \"off\"",
                    model)};
  }
  const OFCondition sent = DIMSE_sendMessageUsingMemoryData(association_.get(), context, &message,
                                                            nullptr, &identifier, nullptr, nullptr);
  if (sent.bad()) {
    return to_error(sent, ErrorCode::kUnavailable,
                    fmt::format("the transport broke ({})", association_.transport_state()));
  }
  // All three requests have their message ID in the same place.
  return Request{context, message.msg.CFindRQ.MessageID,
                 static_cast<DIC_US>(message.CommandField | kResponseBit)};
}

Result<Incoming> QueryAssociation::receive(const Request& to) {
  auto incoming = receive_command(association_.get(), socket(), fragments());
  if (!incoming) return std::move(incoming).error();
  if (const auto* response = std::get_if<Response>(&incoming->what)) {
    if (response->command_field == to.response_field && response->responds_to == to.message_id) {
      return incoming;
    }
    return Error{ErrorCode::kUnavailable,
                 fmt::format("the peer answers {:04X} to message {} where {:04X} to message {} is "
                             "due",
                             response->command_field, response->responds_to, to.response_field,
                             to.message_id)};
  }
  const bool is_get = to.response_field == (DIMSE_C_GET_RQ | kResponseBit);
  if (is_get && std::holds_alternative<StoreCommand>(incoming->what)) return incoming;
  if (std::holds_alternative<NothingCame>(incoming->what)) return ended(socket());
  if (std::holds_alternative<AbortedByPeer>(incoming->what)) {
    // Orthanc's way to say no to a node that it does not know.
    return Error{ErrorCode::kUnavailable,
                 "the peer aborts the association; is this node entered there, with the right to "
                 "query and retrieve?"};
  }
  return Error{ErrorCode::kUnavailable, "the peer sends something else than a response"};
}

Status QueryAssociation::receive_data(const Incoming& incoming, std::string* into) {
  constexpr std::size_t kMostBytes = 64 * 1024;
  std::size_t size = 0;
  return receive_data_set(
      socket(), fragments(), incoming.context, [&](std::span<const std::byte> bytes) -> Status {
        size += bytes.size();
        if (size > kMostBytes) {
          return Error{ErrorCode::kUnavailable, "an identifier of the peer has more than 64 KiB"};
        }
        if (into != nullptr) {
          into->append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        }
        return ok();
      });
}

Result<std::string> QueryAssociation::receive_identifier(const Incoming& response) {
  std::string bytes;
  if (auto received = receive_data(response, &bytes); !received) {
    return std::move(received).error();
  }
  return bytes;
}

Status QueryAssociation::drop_data_set(const Incoming& incoming) {
  const auto* response = std::get_if<Response>(&incoming.what);
  return response != nullptr && response->has_data_set ? receive_data(incoming, nullptr) : ok();
}

bool QueryAssociation::is_explicit(T_ASC_PresentationContextID context) const {
  T_ASC_PresentationContext found{};
  return ASC_findAcceptedPresentationContext(association_.get()->params, context, &found).good() &&
         std::string_view(found.acceptedTransferSyntax) == UID_LittleEndianExplicitTransferSyntax;
}

void QueryAssociation::release() {
  constexpr std::chrono::seconds kClosing{2};
  socket().set_deadline(kClosing);
  association_.release();
}

}  // namespace hilum::scp
