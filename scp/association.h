#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "pipeline/domain/commitment.h"
#include "pipeline/domain/ports.h"
#include "scp/association_policy.h"
#include "scp/peer_directory.h"
#include "scp/places.h"
#include "scp/presentation_contexts.h"
#include "scp/socket.h"
#include "scp/spool.h"

namespace hilum::scp {

/// Totals since start, for metrics. Thread-safe.
struct ServerCounters {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> rejected{0};
  std::atomic<std::uint64_t> instances_stored{0};
  std::atomic<std::uint64_t> stores_failed{0};
  std::atomic<std::uint64_t> bytes_received{0};
};

/// Everything the associations of a server share; it outlives them.
struct AssociationServices {
  PolicyOptions policy;
  std::uint32_t max_pdu;
  std::chrono::seconds request_timeout;
  SyntaxFilter of_use;
  PeerDirectory peers;
  Places places;
  IntakeSink& sink;
  Spool& spool;
  ServerCounters counters;
  std::shared_ptr<const TlsContext> tls{};  ///< for connections that ask for it
  CommitmentSink* reports = nullptr;        ///< on storage commitment; null: none are taken
};

/// Runs one accepted connection from its first byte to its end, on the calling thread. Never
/// throws.
void run_association(AssociationServices& services, const std::shared_ptr<Socket>& socket,
                     std::uint64_t id, Security security = Security::kNone);

}  // namespace hilum::scp
