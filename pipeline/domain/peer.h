#pragma once

#include <cstdint>
#include <string>

#include "pipeline/domain/ae_title.h"

namespace hilum {

/// Whether a peer is asked for what is missing of a series that it sent, and how that is fetched.
enum class QueryMode {
  kOff,
  kGet,   ///< C-GET: it comes on our own association
  kMove,  ///< C-MOVE: the peer sends it to us on one of its own
};

/// Whether a destination is asked to confirm that it keeps what it was sent (PS3.4 J).
enum class CommitmentMode {
  kOff,          ///< its success for each C-STORE is enough
  kIfSupported,  ///< asked; one that does not do this is taken at its word
  kRequired,     ///< asked; one that does not do this does not have the result
};

/// Another DICOM application entity that this node knows.
struct Peer {
  std::string name;  ///< the administrator's name for it, unique; appears in logs and tables
  AeTitle ae_title;
  /// Name or address. "*", nothing, and networks ("10.1.0.0/16") can only be received from.
  std::string host;
  std::uint16_t port = 0;  ///< where it listens; 0: it only calls us
  bool may_send = true;    ///< its associations are accepted
  bool tls = false;        ///< it is called through TLS, and let in through TLS only
  /// The name that its certificate must be made out to; empty: any certificate of our authorities.
  std::string certificate_name{};
  QueryMode query = QueryMode::kOff;
  int max_associations = 0;          ///< that it may have open with us; 0: only the limit in total
  std::string profile = "standard";  ///< name of the viewer profile of results that it gets
  CommitmentMode commitment = CommitmentMode::kOff;  ///< of the results that it gets
  bool operator==(const Peer&) const = default;
};

}  // namespace hilum
