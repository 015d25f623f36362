#include "scp/remedies.h"

#include <algorithm>
#include <array>

namespace hilum::scp {
namespace {

constexpr std::string_view kAtThePeer =
    "correct at the peer what the reason says, or report it to its vendor; nothing here changes it";

/// What to do about a connection that ended so, before an association was asked for and after.
struct AboutEnding {
  Ending ending;
  std::string_view without_request;
  std::string_view within_association;
};
constexpr std::string_view kTlsViolated =
    "what the peer sent broke the rules of TLS; look in its log, and for a device in between that "
    "changes what passes";
constexpr std::array kAboutEndings{
    AboutEnding{Ending::kPeerClosed,
                "none if it was a port scan or monitoring (let that send a C-ECHO); else look for "
                "a firewall or a time-out at the caller",
                "look in the log of the peer why it closed the connection; what was acknowledged "
                "is stored, the rest it has to send again"},
    AboutEnding{Ending::kTimeout,
                "if the caller is a DICOM system on a slow network, raise "
                "network.association_timeout_s; else find out what opens connections to this port",
                "if the peer needs such pauses, raise network.idle_timeout_s"},
    AboutEnding{Ending::kTooSlow,
                "look for what slows the network down, or raise network.idle_timeout_s",
                "look for what slows the network down; network.idle_timeout_s is the time that "
                "16 KiB may take"},
    AboutEnding{Ending::kStopped,
                "none: this node was stopping; the caller can come again when it has started",
                "none: this node was stopping; the peer has to send again what was not "
                "acknowledged"},
    AboutEnding{Ending::kError, "look for a fault of the network between the caller and this node",
                "look for a fault of the network, or a firewall that cuts connections"},
    AboutEnding{Ending::kTlsFailed, kTlsViolated, kTlsViolated},
};

std::string_view about(Ending ending, std::string_view AboutEnding::*when) {
  const auto* found = std::ranges::find(kAboutEndings, ending, &AboutEnding::ending);
  return found == kAboutEndings.end() ? kAtThePeer : found->*when;
}

}  // namespace

std::string_view remedy_without_request(Ending ending) {
  return about(ending, &AboutEnding::without_request);
}

std::string_view remedy_of_broken(Ending ending) {
  return about(ending, &AboutEnding::within_association);
}

std::string_view remedy_of_failed_store(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNoSpace:
      return "make room below storage.directory, or change storage.min_free_gib or "
             "network.max_object_gib; then let the sender send again";
    case ErrorCode::kConflict:
      return "compare both files: one SOP Instance UID for two contents is a fault of the system "
             "that made them";
    case ErrorCode::kInvalidInput:
    case ErrorCode::kUnsupported:
      return "the object is not as DICOM demands: nothing can be changed here; look at it in the "
             "system that made it";
    default:
      return "look for a fault of the disk at storage.directory, and whether the user that runs "
             "hilum may write there";
  }
}

std::string_view remedy_of_refused_command(bool is_store) {
  return is_store ? kAtThePeer
                  : "this node takes C-ECHO, C-STORE and reports on storage commitment of its "
                    "peers only: switch the other service off for it at the peer";
}

}  // namespace hilum::scp
