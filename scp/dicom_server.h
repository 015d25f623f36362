#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/domain/commitment.h"
#include "pipeline/domain/ports.h"
#include "scp/association_policy.h"
#include "scp/presentation_contexts.h"
#include "scp/spool.h"
#include "scp/tls_context.h"

namespace hilum::scp {

struct ServerOptions {
  /// A port for TLS alone.
  struct TlsPort {
    std::uint16_t port = 2762;  ///< 0: a free one
    std::shared_ptr<const TlsContext> context;
  };

  std::string bind_address = "0.0.0.0";       ///< numeric
  std::optional<std::uint16_t> port = 11112;  ///< without TLS; 0: a free one; none: not at all
  std::optional<TlsPort> tls{};               ///< none: not at all
  AeTitle ae_title;                           ///< of the main node
  std::vector<VirtualTitle> virtual_titles{};
  std::vector<Peer> peers;
  CalledAeCheck called_ae = CalledAeCheck::kRequired;
  PeerCheck peer_check = PeerCheck::kKnownOnly;
  int max_associations = 32;
  int max_unknown_associations = 0;  ///< of all callers that are no peers; 0: no limit of their own
  std::uint32_t max_pdu = 131072;    ///< 4096..131072
  std::chrono::seconds request_timeout{30};  ///< for the complete association request (ARTIM)
  std::chrono::seconds idle_timeout{60};     ///< silence on an association
  std::chrono::seconds drain_timeout{30};    ///< for a running store when the node stops
  SyntaxFilter of_use{};                     ///< syntaxes a class is accepted in; empty: all
  /// Gets reports on storage commitment, and outlives the server; null: none are taken.
  CommitmentSink* reports = nullptr;
};

/// Totals since start.
struct ServerStatistics {
  int associations_open = 0;
  std::uint64_t associations_accepted = 0;
  std::uint64_t associations_rejected = 0;
  std::uint64_t instances_stored = 0;
  std::uint64_t stores_failed = 0;
  std::uint64_t bytes_received = 0;
};

/// The node's DICOM door: Verification and Storage as SCP, on a port without TLS and one with. Runs
/// from `start` to `stop`. Thread-safe.
class DicomServer {
 public:
  /// `sink` and `spool` must outlive the server. kInvalidInput for options out of range,
  /// kUnavailable when the port is taken.
  static Result<std::unique_ptr<DicomServer>> start(ServerOptions options, IntakeSink& sink,
                                                    Spool& spool);
  ~DicomServer();
  DicomServer(const DicomServer&) = delete;
  DicomServer& operator=(const DicomServer&) = delete;

  /// Without TLS; 0: none.
  [[nodiscard]] std::uint16_t port() const;
  /// With TLS; 0: none.
  [[nodiscard]] std::uint16_t tls_port() const;
  [[nodiscard]] ServerStatistics statistics() const;
  /// No new associations; idle ones are aborted at once, a running store may end within
  /// `drain_timeout`. Returns when the last thread is gone. May be called again.
  void stop();

 private:
  struct Impl;
  explicit DicomServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hilum::scp
