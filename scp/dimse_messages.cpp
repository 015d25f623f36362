#include "scp/dimse_messages.h"

#include <string_view>
#include <utility>

#include "dicomseg/dcmtk_error.h"
#include "scp/command_set.h"

namespace hilum::scp {
namespace {

constexpr DIC_US kResponseBit = 0x8000;
constexpr DIC_US kNoDataSet = 0x0101;  // PS3.7 E.1, Command Data Set Type

constexpr std::size_t kLongestUid = 64;  // PS3.5 9.1

bool fits_uid(std::string_view text) {
  const std::string_view name = without_padding(text);
  return !name.empty() && name.size() <= kLongestUid;
}

std::optional<EchoCommand> as_echo(const CommandSet& command) {
  const auto message_id = command.number(kMessageId);
  const std::string_view sop_class = command.text(kAffectedSopClass);
  if (!message_id || !fits_uid(sop_class)) return {};
  return EchoCommand{.message_id = *message_id, .sop_class = std::string(sop_class)};
}

std::optional<StoreCommand> as_store(const CommandSet& command) {
  const auto message_id = command.number(kMessageId);
  const std::string_view sop_class = command.text(kAffectedSopClass);
  const std::string_view sop = command.text(kAffectedSopInstance);
  if (!message_id || command.number(kDataSetType).value_or(kNoDataSet) == kNoDataSet ||
      !fits_uid(sop_class) || !fits_uid(sop)) {
    return {};
  }
  return StoreCommand{
      .message_id = *message_id, .sop_class = std::string(sop_class), .sop = std::string(sop)};
}

std::optional<EventReportCommand> as_event_report(const CommandSet& command) {
  const auto message_id = command.number(kMessageId);
  const auto event_type = command.number(kEventType);
  const std::string_view sop_class = command.text(kAffectedSopClass);
  const std::string_view sop = command.text(kAffectedSopInstance);
  if (!message_id || !event_type || !fits_uid(sop_class) || !fits_uid(sop)) return {};
  return EventReportCommand{
      .message_id = *message_id,
      .sop_class = std::string(sop_class),
      .sop = std::string(sop),
      .event_type = *event_type,
      .has_data_set = command.number(kDataSetType).value_or(kNoDataSet) != kNoDataSet};
}

OtherCommand as_other(const CommandSet& command) {
  std::string_view sop_class = command.text(kAffectedSopClass);
  if (sop_class.empty()) sop_class = command.text(kRequestedSopClass);
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
  } else if (field == DIMSE_N_EVENT_REPORT_RQ) {
    if (auto report = as_event_report(*command)) return Message(*report);
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
void append_element(std::string& out, std::uint16_t element, std::string_view value,
                    char padding = '\0') {
  append_little_endian(out, 0x0000, 2);
  append_little_endian(out, element, 2);
  append_little_endian(out, static_cast<std::uint32_t>(value.size() + value.size() % 2), 4);
  out += value;
  if (value.size() % 2 != 0) out.push_back(padding);
}

void append_element(std::string& out, std::uint16_t element, DIC_US value) {
  std::string bytes;
  append_little_endian(bytes, value, 2);
  append_element(out, element, bytes);
}

/// What a response says; empty texts are left out.
struct ResponseFields {
  DIC_US command_field;  ///< of the request
  DIC_US message_id;     ///< likewise
  DimseStatus status;
  std::string_view sop_class{};
  std::string_view sop{};
  std::string_view comment{};
  std::optional<DIC_US> event_type{};
};

std::string encode_response(const ResponseFields& response) {
  std::string elements;
  const auto text = [&](std::uint16_t element, std::string_view value, char padding) {
    if (!value.empty()) append_element(elements, element, value, padding);
  };
  text(kAffectedSopClass, response.sop_class, '\0');
  append_element(elements, kCommandField,
                 static_cast<DIC_US>(response.command_field | kResponseBit));
  append_element(elements, kMessageIdRespondedTo, response.message_id);
  append_element(elements, kDataSetType, kNoDataSet);
  append_element(elements, kStatus, response.status);
  text(kErrorComment, response.comment, ' ');
  text(kAffectedSopInstance, response.sop, '\0');
  if (response.event_type) append_element(elements, kEventType, *response.event_type);
  std::string group_length;
  append_little_endian(group_length, static_cast<std::uint32_t>(elements.size()), 4);
  std::string out;
  append_element(out, 0x0000, group_length);
  return out + elements;
}

Status send_response(T_ASC_Association* association, T_ASC_PresentationContextID context,
                     const ResponseFields& response, std::string_view what) {
  std::string bytes = encode_response(response);
  DUL_PDV fragment{};
  fragment.fragmentLength = bytes.size();
  fragment.presentationContextID = context;
  fragment.pdvType = DUL_COMMANDPDV;
  fragment.lastPDV = OFTrue;
  fragment.data = bytes.data();
  DUL_PDVLIST list{};
  list.count = 1;
  list.pdv = &fragment;
  const OFCondition written = DUL_WritePDVs(&association->DULassociation, &list);
  if (written.bad()) return to_error(written, ErrorCode::kUnavailable, what);
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
  return send_response(association, context,
                       {.command_field = DIMSE_C_ECHO_RQ,
                        .message_id = command.message_id,
                        .status = kSuccess,
                        .sop_class = command.sop_class},
                       "answer C-ECHO");
}

Status send_store_response(T_ASC_Association* association, T_ASC_PresentationContextID context,
                           const StoreCommand& command,
                           const std::optional<StoreFailure>& failure) {
  return send_response(association, context,
                       {.command_field = DIMSE_C_STORE_RQ,
                        .message_id = command.message_id,
                        .status = failure ? failure->status : kSuccess,
                        .sop_class = command.sop_class,
                        .sop = command.sop,
                        .comment = failure ? failure->comment : std::string_view()},
                       "answer C-STORE");
}

Status send_event_report_response(T_ASC_Association* association,
                                  T_ASC_PresentationContextID context,
                                  const EventReportCommand& command, DimseStatus status) {
  return send_response(association, context,
                       {.command_field = DIMSE_N_EVENT_REPORT_RQ,
                        .message_id = command.message_id,
                        .status = status,
                        .sop_class = command.sop_class,
                        .sop = command.sop,
                        .event_type = command.event_type},
                       "answer a report");
}

Status send_plain_response(T_ASC_Association* association, T_ASC_PresentationContextID context,
                           const OtherCommand& command, DimseStatus status) {
  return send_response(association, context,
                       {.command_field = command.command_field,
                        .message_id = command.message_id,
                        .status = status,
                        .sop_class = command.sop_class},
                       "answer an unknown command");
}

}  // namespace hilum::scp
