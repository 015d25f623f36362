#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pipeline/domain/ae_title.h"
#include "pipeline/domain/virtual_node.h"
#include "scp/certificate.h"

/// Who may open an association: a pure decision, tested without a socket.
namespace hilum::scp {

enum class CalledAeCheck {
  kRequired,  ///< the called AE title must be ours
  kOff,       ///< any
};
enum class PeerCheck {
  kKnownOnly,  ///< the caller must be a configured peer, calling from that peer's address
  kOff,        ///< anybody
};

/// What a connection is protected by.
enum class Security { kNone, kTls };

/// What an association is proposed for.
enum class Purpose {
  kVerification,  ///< C-ECHO and nothing else
  kReports,       ///< reports on Storage Commitment, perhaps C-ECHO, and nothing else
  kAnything,
};

/// A configured peer with its host resolved.
struct KnownPeer {
  std::string name;
  AeTitle ae_title;
  std::string host;                    ///< as configured, for messages
  std::vector<std::string> addresses;  ///< numeric, or networks; `kAnyAddress` matches all
  bool may_send = true;
  int max_associations = 0;  ///< at one time; 0: only the limit in total
  Security least_security = Security::kNone;
  std::string certificate_name{};  ///< one its certificate must bear; empty: any
};
inline constexpr std::string_view kAnyAddress = "*";
/// Whether a configured host stands for every address ("*", "any", or none is given).
bool means_any_address(std::string_view host);

struct AssociationRequest {
  std::string calling_ae;  ///< as sent, padding included
  std::string called_ae;
  std::string peer_address;  ///< numeric
  std::string application_context;
  Security security = Security::kNone;
  std::optional<Certificate> certificate{};  ///< that the caller showed, checked
  Purpose purpose = Purpose::kAnything;
};

/// A further title of ours, and what answers to it.
struct VirtualTitle {
  AeTitle ae_title;
  VirtualNode node;
};

struct PolicyOptions {
  AeTitle ae_title;  ///< of the main node
  std::vector<VirtualTitle> virtual_titles{};
  CalledAeCheck called_ae = CalledAeCheck::kRequired;
  PeerCheck peer_check = PeerCheck::kKnownOnly;
  int max_unknown_associations = 0;  ///< of all callers that are no peers; 0: the limit in total
};

/// The fields of an A-ASSOCIATE-RJ PDU (PS3.8 9.3.4).
struct RejectReason {
  std::uint8_t result;
  std::uint8_t source;
  std::uint8_t reason;
  bool operator==(const RejectReason&) const = default;
};
inline constexpr RejectReason kNoReasonGiven{1, 1, 1};
inline constexpr RejectReason kContextNameNotSupported{1, 1, 2};
inline constexpr RejectReason kCallingAeNotRecognized{1, 1, 3};
inline constexpr RejectReason kCalledAeNotRecognized{1, 1, 7};
inline constexpr RejectReason kTemporaryCongestion{2, 3, 1};
inline constexpr RejectReason kLocalLimitExceeded{2, 3, 2};

struct Rejection {
  RejectReason reason;
  std::string explanation;  ///< for the administrator: what to change to let this caller in
};

/// Who may come in, to which of our nodes, and how often at one time.
struct Admission {
  VirtualNode node;          ///< whose AE title was called; the main one for titles that nobody has
  std::string peer;          ///< name of the calling peer; empty: no peer of ours
  int max_associations = 0;  ///< of this peer, or of all that are none; 0: only the limit in total
};

std::variant<Admission, Rejection> decide(const AssociationRequest& request,
                                          const PolicyOptions& options,
                                          std::span<const KnownPeer> peers);

/// Text from a peer made fit for logs and files: without outer spaces, everything but printable
/// ASCII, quotes and backslash replaced by '?', at most 64 characters.
std::string printable(std::string_view raw);

}  // namespace hilum::scp
