#include "scp/dimse_messages.h"

#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "dicomseg/dcmtk_error.h"
#include "scp/command_set.h"

namespace hilum::scp {
namespace {

constexpr DIC_US kResponseBit = 0x8000;
constexpr DIC_US kNoDataSet = 0x0101;  // PS3.7 E.1, Command Data Set Type

/// Copies a UID without its padding; false when it is absent or longer than any UID.
bool copy_uid(std::string_view text, DIC_UI& uid) {
  const std::string_view name = without_padding(text);
  if (name.empty() || name.size() >= sizeof(uid)) return false;
  *std::ranges::copy(name, uid).out = '\0';
  return true;
}

/// DCMTK takes a value with '=' before it for the name of a UID; if it does not know the name it
/// sends no response and leaks.
bool is_name_of_uid(const DIC_UI& uid) { return uid[0] == '='; }

std::optional<EchoCommand> as_echo(const CommandSet& command) {
  EchoCommand echo{};
  const auto message_id = command.number(kMessageId);
  if (!message_id || !copy_uid(command.text(kAffectedSopClass), echo.request.AffectedSOPClassUID)) {
    return {};
  }
  echo.request.MessageID = *message_id;
  echo.request.DataSetType = DIMSE_DATASET_NULL;
  return echo;
}

std::optional<StoreCommand> as_store(const CommandSet& command) {
  StoreCommand store{};
  T_DIMSE_C_StoreRQ& request = store.request;
  const auto message_id = command.number(kMessageId);
  const std::string_view sop = command.text(kAffectedSopInstance);
  if (!message_id || command.number(kDataSetType).value_or(kNoDataSet) == kNoDataSet ||
      !copy_uid(command.text(kAffectedSopClass), request.AffectedSOPClassUID) ||
      !copy_uid(sop, request.AffectedSOPInstanceUID)) {
    return {};
  }
  request.MessageID = *message_id;
  request.DataSetType = DIMSE_DATASET_PRESENT;
  // Some peers pad UIDs with blanks and want to see them again.
  if (sop.ends_with(' ')) request.opts |= O_STORE_RQ_BLANK_PADDING;
  return store;
}

OtherCommand as_other(const CommandSet& command) {
  std::string_view sop_class = command.text(kAffectedSopClass);
  if (sop_class.empty()) sop_class = command.text(kRequestedSopClass);
  constexpr std::size_t kLongestUid = 64;
  return {.command_field = command.number(kCommandField).value_or(0),
          .message_id = command.number(kMessageId).value_or(0),
          .has_data_set = command.number(kDataSetType).value_or(kNoDataSet) != kNoDataSet,
          .sop_class = std::string(without_padding(sop_class).substr(0, kLongestUid))};
}

std::optional<Response> as_response(const CommandSet& command) {
  const auto field = command.number(kCommandField);
  const auto status = command.number(kStatus);
  const auto responds_to = command.number(kMessageIdRespondedTo);
  if (!field || (*field & kResponseBit) == 0 || !status || !responds_to) return {};
  return Response{.command_field = *field,
                  .responds_to = *responds_to,
                  .status = *status,
                  .has_data_set = command.number(kDataSetType).value_or(kNoDataSet) != kNoDataSet,
                  .failed = command.number(kFailedSubOperations)};
}

Result<Message> interpret(std::string_view bytes) {
  auto command = CommandSet::parse(bytes);
  if (!command) return std::move(command).error();
  const auto field = command->number(kCommandField);
  if (field == DIMSE_C_ECHO_RQ) {
    if (auto echo = as_echo(*command)) return Message(*echo);
  } else if (field == DIMSE_C_STORE_RQ) {
    if (auto store = as_store(*command)) return Message(*store);
  } else if (auto response = as_response(*command)) {
    return Message(*response);
  }
  return Message(as_other(*command));
}

/// A command set comes in pieces like everything else.
struct CommandBytes {
  T_ASC_PresentationContextID context = 0;
  std::string bytes;
};
enum class Came { kCommand, kNothing, kReleaseRequest, kAbort };

/// What DCMTK makes of a PDU that brings no data.
Result<Came> receive_other_pdu(T_ASC_Association* association) {
  const OFCondition came = DUL_ReadPDVs(&association->DULassociation, nullptr, DUL_BLOCK, 0);
  if (came == DUL_PEERREQUESTEDRELEASE) return Came::kReleaseRequest;
  if (came == DUL_PEERABORTEDASSOCIATION) return Came::kAbort;
  return to_error(came, ErrorCode::kUnavailable, "receive a command");
}

Result<Came> receive_command_bytes(T_ASC_Association* association, Socket& socket,
                                   DataFragments& fragments, CommandBytes& command) {
  for (bool last = false; !last;) {
    if (!fragments.has_next() && !socket.wait_readable(socket.idle_timeout())) {
      return Came::kNothing;
    }
    auto next = fragments.next();
    if (!next) return std::move(next).error();
    if (std::holds_alternative<OtherPdu>(*next)) return receive_other_pdu(association);
    const auto& fragment = std::get<DataFragment>(*next);
    if (fragment.of != DataFragment::Of::kCommand) {
      return Error{ErrorCode::kInvalidInput, "a data set came without a command"};
    }
    if (command.context != 0 && fragment.context != command.context) {
      return Error{ErrorCode::kInvalidInput, "a command came in two presentation contexts"};
    }
    command.context = fragment.context;
    command.bytes.append(reinterpret_cast<const char*>(fragment.bytes.data()),
                         fragment.bytes.size());
    last = fragment.last;
  }
  return Came::kCommand;
}

Result<Message> message_of(Came came, std::string_view command) {
  switch (came) {
    case Came::kNothing:
      return Message(NothingCame{});
    case Came::kReleaseRequest:
      return Message(ReleaseRequest{});
    case Came::kAbort:
      return Message(AbortedByPeer{});
    case Came::kCommand:
      break;
  }
  return interpret(command);
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
  if (!command.sop_class.empty()) append_element(elements, kAffectedSopClass, command.sop_class);
  append_element(elements, kCommandField,
                 static_cast<DIC_US>(command.command_field | kResponseBit));
  append_element(elements, kMessageIdRespondedTo, command.message_id);
  append_element(elements, kDataSetType, kNoDataSet);
  append_element(elements, kStatus, status);
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

Result<Incoming> receive_command(T_ASC_Association* association, Socket& socket,
                                 DataFragments& fragments) {
  // Commands are a few hundred bytes, but the PDU that brings one may bring data as well; a stream
  // of fragments that never ends must not fill the memory.
  constexpr std::uint64_t kMaxCommandBytes = 1 << 20;
  socket.set_allowance(kMaxCommandBytes);
  socket.set_pace(kLeastPaceBytes);
  CommandBytes command;
  auto came = receive_command_bytes(association, socket, fragments, command);
  socket.set_pace({});
  socket.set_allowance({});
  if (!came) return std::move(came).error();
  auto message = message_of(*came, command.bytes);
  if (!message) return std::move(message).error();
  Result<Incoming> incoming(Incoming{command.context, NothingCame{}});
  incoming->what = std::move(*message);
  return incoming;
}

namespace {

Status receive_fragments(DataFragments& fragments, T_ASC_PresentationContextID context,
                         const std::function<Status(std::span<const std::byte>)>& take) {
  for (bool last = false; !last;) {
    auto next = fragments.next();
    if (!next) return std::move(next).error();
    if (std::holds_alternative<OtherPdu>(*next)) {
      return Error{ErrorCode::kUnavailable, "the peer gave up in the middle of a data set"};
    }
    const auto& fragment = std::get<DataFragment>(*next);
    if (fragment.of != DataFragment::Of::kDataSet) {
      return Error{ErrorCode::kInvalidInput, "a command came in the middle of a data set"};
    }
    if (fragment.context != context) {
      return Error{ErrorCode::kInvalidInput,
                   "the data set came in another presentation context than its command"};
    }
    if (auto taken = take(fragment.bytes); !taken) return taken;
    last = fragment.last;
  }
  return ok();
}

}  // namespace

Status receive_data_set(Socket& socket, DataFragments& fragments,
                        T_ASC_PresentationContextID context,
                        const std::function<Status(std::span<const std::byte>)>& take) {
  socket.set_pace(kLeastPaceBytes);
  Status received = receive_fragments(fragments, context, take);
  socket.set_pace({});
  return received;
}

Status send_echo_response(T_ASC_Association* association, T_ASC_PresentationContextID context,
                          const EchoCommand& command) {
  const T_DIMSE_C_EchoRQ& request = command.request;
  if (is_name_of_uid(request.AffectedSOPClassUID)) {
    return send_plain_response(
        association, context,
        {.command_field = DIMSE_C_ECHO_RQ, .message_id = request.MessageID, .sop_class = {}},
        kSuccess);
  }
  return sent(DIMSE_sendEchoResponse(association, context, &request, kSuccess, nullptr),
              "answer C-ECHO");
}

Status send_store_response(T_ASC_Association* association, T_ASC_PresentationContextID context,
                           const StoreCommand& command,
                           const std::optional<StoreFailure>& failure) {
  const T_DIMSE_C_StoreRQ& request = command.request;
  const DimseStatus status = failure ? failure->status : kSuccess;
  if (is_name_of_uid(request.AffectedSOPClassUID) ||
      is_name_of_uid(request.AffectedSOPInstanceUID)) {
    return send_plain_response(
        association, context,
        {.command_field = DIMSE_C_STORE_RQ, .message_id = request.MessageID, .sop_class = {}},
        status);
  }
  T_DIMSE_C_StoreRSP response{};
  response.DimseStatus = status;
  DcmDataset detail;
  if (failure) {
    const std::string comment(failure->comment);
    detail.putAndInsertString(DCM_ErrorComment, comment.c_str());
  }
  return sent(DIMSE_sendStoreResponse(association, context, &request, &response,
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
  return sent(DUL_WritePDVs(&association->DULassociation, &list), "answer a command");
}

}  // namespace hilum::scp
