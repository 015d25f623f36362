#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dimse.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "pipeline/domain/result.h"
#include "scp/data_fragments.h"
#include "scp/dimse_status.h"
#include "scp/socket.h"

/// Single messages of an association over DCMTK (PS3.7 9.3). Only for `.cpp` files.
namespace hilum::scp {

/// A request that this node does not know or whose command set is malformed; the raw elements are
/// enough to answer it.
struct OtherCommand {
  DIC_US command_field = 0;
  DIC_US message_id = 0;
  bool has_data_set = false;
  std::string sop_class;  ///< may be empty
};
/// UIDs are as they came, whatever that is, with their padding, which some peers want to see again;
/// without it they have 1 to 64 characters.
struct EchoCommand {
  DIC_US message_id = 0;
  std::string sop_class;
};
struct StoreCommand {
  DIC_US message_id = 0;
  std::string sop_class;
  std::string sop;
};
/// N-EVENT-REPORT; UIDs likewise.
struct EventReportCommand {
  DIC_US message_id = 0;
  std::string sop_class;
  std::string sop;
  DIC_US event_type = 0;
  bool has_data_set = false;
};
/// The answer to a request of ours (PS3.7 9.3).
struct Response {
  DIC_US command_field = 0;  ///< with the response bit
  DIC_US responds_to = 0;    ///< our message ID
  DimseStatus status = 0;
  bool has_data_set = false;
  /// Of sub-operations (PS3.4 C.4.3.1.4), where the peer says so.
  std::optional<DIC_US> failed{};
};
struct ReleaseRequest {};
struct AbortedByPeer {};
/// The peer was silent for the idle timeout, or this node stops.
struct NothingCame {};

using Message = std::variant<NothingCame, EchoCommand, StoreCommand, EventReportCommand,
                             OtherCommand, Response, ReleaseRequest, AbortedByPeer>;
struct Incoming {
  T_ASC_PresentationContextID context;
  Message what;
};

/// Within a message, what a peer must send at least in every idle timeout of its socket.
inline constexpr std::uint64_t kLeastPaceBytes = 16 * 1024;

/// Waits for the next command for at most the socket's idle timeout. An error means that the
/// association cannot go on.
Result<Incoming> receive_command(T_ASC_Association* association, Socket& socket,
                                 DataFragments& fragments);

/// Hands every fragment of the data set that follows a command to `take`, as it comes. An error,
/// the peer's or one that `take` returns, means that the association cannot go on.
Status receive_data_set(Socket& socket, DataFragments& fragments,
                        T_ASC_PresentationContextID context,
                        const std::function<Status(std::span<const std::byte>)>& take);

// Responses are encoded by us: DCMTK looks a UID that begins with '=' up as a name, and when it
// does not know the name it sends nothing, and leaks.
Status send_echo_response(T_ASC_Association* association, T_ASC_PresentationContextID context,
                          const EchoCommand& command);
Status send_store_response(T_ASC_Association* association, T_ASC_PresentationContextID context,
                           const StoreCommand& command, const std::optional<StoreFailure>& failure);
/// With the class, the instance and the event type: all three are optional by PS3.7 10.3.1, and
/// Orthanc takes the response for malformed without them.
Status send_event_report_response(T_ASC_Association* association,
                                  T_ASC_PresentationContextID context,
                                  const EventReportCommand& command, DimseStatus status);
/// The response to any other command.
Status send_plain_response(T_ASC_Association* association, T_ASC_PresentationContextID context,
                           const OtherCommand& command, DimseStatus status);

}  // namespace hilum::scp
