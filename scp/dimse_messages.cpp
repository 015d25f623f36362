#include "scp/dimse_messages.h"

#include <dcmtk/dcmdata/dctk.h>

#include <string_view>

#include "dicomseg/dcmtk_error.h"

namespace hilum::scp {
namespace {

constexpr DIC_US kResponseBit = 0x8000;
constexpr DIC_US kNoDataSet = 0x0101;  // PS3.7 E.1, Command Data Set Type

OtherCommand raw_command(DcmDataset& command_set) {
  OtherCommand command;
  Uint16 data_set_type = kNoDataSet;
  command_set.findAndGetUint16(DCM_CommandField, command.command_field);
  command_set.findAndGetUint16(DCM_MessageID, command.message_id);
  command_set.findAndGetUint16(DCM_CommandDataSetType, data_set_type);
  OFString sop_class;
  if (command_set.findAndGetOFString(DCM_AffectedSOPClassUID, sop_class).bad()) {
    command_set.findAndGetOFString(DCM_RequestedSOPClassUID, sop_class);
  }
  command.has_data_set = data_set_type != kNoDataSet;
  constexpr std::size_t kLongestUid = 64;
  command.sop_class = std::string(sop_class.c_str()).substr(0, kLongestUid);
  return command;
}

Result<Message> interpret(const OFCondition& condition, const T_DIMSE_Message& message,
                          DcmDataset* command_set) {
  if (condition == DUL_PEERREQUESTEDRELEASE) return Message(ReleaseRequest{});
  if (condition == DUL_PEERABORTEDASSOCIATION) return Message(AbortedByPeer{});
  if (condition == DIMSE_NODATAAVAILABLE) return Message(NothingCame{});
  if (condition.good() && message.CommandField == DIMSE_C_ECHO_RQ) {
    return Message(EchoCommand{message.msg.CEchoRQ});
  }
  if (condition.good() && message.CommandField == DIMSE_C_STORE_RQ) {
    return Message(StoreCommand{message.msg.CStoreRQ});
  }
  if (command_set != nullptr) return Message(raw_command(*command_set));
  return to_error(condition, ErrorCode::kUnavailable, "receive a command");
}

/// DUL reports the arrival of a PDU as a condition of its own.
Status next_fragment(T_ASC_Association* association, DUL_PDV& fragment) {
  DUL_ASSOCIATIONKEY** key = &association->DULassociation;
  if (DUL_NextPDV(key, &fragment).good()) return ok();
  const OFCondition arrived = DUL_ReadPDVs(key, nullptr, DUL_BLOCK, 0);
  if (arrived != DUL_PDATAPDUARRIVED) {
    return to_error(arrived, ErrorCode::kUnavailable, "receive a data set");
  }
  const OFCondition next = DUL_NextPDV(key, &fragment);
  if (next.bad()) return to_error(next, ErrorCode::kInvalidInput, "receive a data set");
  return ok();
}

void append_little_endian(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
}

/// An element of group 0000 in Implicit VR Little Endian, as commands always are (PS3.7 6.3.1).
void append_element(std::string& out, std::uint16_t element, std::string_view value) {
  append_little_endian(out, 0x0000, 2);
  append_little_endian(out, element, 2);
  append_little_endian(out, static_cast<std::uint32_t>(value.size() + value.size() % 2), 4);
  out += value;
  if (value.size() % 2 != 0) out.push_back('\0');
}

void append_element(std::string& out, std::uint16_t element, DIC_US value) {
  std::string bytes;
  append_little_endian(bytes, value, 2);
  append_element(out, element, bytes);
}

std::string encode_response(const OtherCommand& command, DimseStatus status) {
  std::string elements;
  if (!command.sop_class.empty()) append_element(elements, 0x0002, command.sop_class);
  append_element(elements, 0x0100, static_cast<DIC_US>(command.command_field | kResponseBit));
  append_element(elements, 0x0120, command.message_id);
  append_element(elements, 0x0800, kNoDataSet);
  append_element(elements, 0x0900, status);
  std::string group_length;
  append_little_endian(group_length, static_cast<std::uint32_t>(elements.size()), 4);
  std::string out;
  append_element(out, 0x0000, group_length);
  return out + elements;
}

Status sent(const OFCondition& condition, std::string_view what) {
  if (condition.bad()) return to_error(condition, ErrorCode::kUnavailable, what);
  return ok();
}

}  // namespace

Result<Incoming> receive_command(T_ASC_Association* association, Socket& socket) {
  // Commands are a few hundred bytes, but the PDU that brings one may bring data as well; a stream
  // of fragments that never ends must not fill the memory.
  constexpr std::uint64_t kMaxCommandBytes = 1 << 20;
  socket.set_allowance(kMaxCommandBytes);
  socket.set_pace(kLeastPaceBytes);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(socket.idle_timeout()).count();
  T_ASC_PresentationContextID context = 0;
  T_DIMSE_Message message{};
  DcmDataset* raw = nullptr;
  const OFCondition condition = DIMSE_receiveCommand(
      association, DIMSE_NONBLOCKING, static_cast<int>(seconds), &context, &message, nullptr, &raw);
  const std::unique_ptr<DcmDataset> command_set(raw);
  socket.set_pace({});
  socket.set_allowance({});

  auto what = interpret(condition, message, command_set.get());
  if (!what) return std::move(what).error();
  return Incoming{context, std::move(*what)};
}

namespace {

Status receive_fragments(T_ASC_Association* association, T_ASC_PresentationContextID context,
                         const std::function<Status(std::span<const std::byte>)>& take) {
  for (bool last = false; !last;) {
    DUL_PDV fragment{};
    if (auto received = next_fragment(association, fragment); !received) return received;
    if (fragment.pdvType != DUL_DATASETPDV) {
      return Error{ErrorCode::kInvalidInput, "a command came in the middle of a data set"};
    }
    if (fragment.presentationContextID != context) {
      return Error{ErrorCode::kInvalidInput,
                   "the data set came in another presentation context than its command"};
    }
    const auto* bytes = static_cast<const std::byte*>(fragment.data);
    if (auto taken = take({bytes, fragment.fragmentLength}); !taken) return taken;
    last = fragment.lastPDV != OFFalse;
  }
  return ok();
}

}  // namespace

Status receive_data_set(T_ASC_Association* association, Socket& socket,
                        T_ASC_PresentationContextID context,
                        const std::function<Status(std::span<const std::byte>)>& take) {
  socket.set_pace(kLeastPaceBytes);
  Status received = receive_fragments(association, context, take);
  socket.set_pace({});
  return received;
}

Status send_echo_response(T_ASC_Association* association, T_ASC_PresentationContextID context,
                          const EchoCommand& command) {
  return sent(DIMSE_sendEchoResponse(association, context, &command.request, kSuccess, nullptr),
              "answer C-ECHO");
}

Status send_store_response(T_ASC_Association* association, T_ASC_PresentationContextID context,
                           const StoreCommand& command,
                           const std::optional<StoreFailure>& failure) {
  T_DIMSE_C_StoreRSP response{};
  response.DimseStatus = failure ? failure->status : kSuccess;
  DcmDataset detail;
  if (failure) {
    const std::string comment(failure->comment);
    detail.putAndInsertString(DCM_ErrorComment, comment.c_str());
  }
  return sent(DIMSE_sendStoreResponse(association, context, &command.request, &response,
                                      failure ? &detail : nullptr),
              "answer C-STORE");
}

Status send_plain_response(T_ASC_Association* association, T_ASC_PresentationContextID context,
                           const OtherCommand& command, DimseStatus status) {
  std::string bytes = encode_response(command, status);
  DUL_PDV fragment{};
  fragment.fragmentLength = bytes.size();
  fragment.presentationContextID = context;
  fragment.pdvType = DUL_COMMANDPDV;
  fragment.lastPDV = OFTrue;
  fragment.data = bytes.data();
  DUL_PDVLIST list{};
  list.count = 1;
  list.pdv = &fragment;
  return sent(DUL_WritePDVs(&association->DULassociation, &list), "answer an unknown command");
}

}  // namespace hilum::scp
