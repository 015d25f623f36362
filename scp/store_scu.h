#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pipeline/domain/ports.h"
#include "scp/tls_context.h"

namespace hilum::scp {

/// Sends results to PACS as SCU of Storage and Verification, one association per call. Every call
/// ends in bounded time. Errors: kUnavailable when trying again later can help (nobody answers, the
/// association is refused, the peer is out of resources), otherwise what the peer's status means.
/// Thread-safe.
class StoreScu : public ResultSender {
 public:
  struct Options {
    AeTitle ae_title;  ///< ours, as calling AE
    std::uint32_t max_pdu = 131072;
    /// To reach the peer at all. DCMTK has one value per process: the last object made decides.
    std::chrono::seconds connect_timeout{10};
    std::chrono::seconds association_timeout{30};
    std::chrono::seconds response_timeout{60};
    /// For peers that are called through TLS; null: they cannot be.
    std::shared_ptr<const TlsContext> tls{};
  };
  explicit StoreScu(Options options);

  /// Files are streamed from disk. A data set in an uncompressed transfer syntax (deflated ones
  /// among them) is converted when the peer takes only another uncompressed one; a compressed one
  /// goes as it is. What the peer refuses for good does not keep back the files after it, so that a
  /// PACS without one kind of object still gets the others; the first refusal is the error.
  Status send(const Peer& destination, std::span<const std::filesystem::path> files) override;
  Status echo(const Peer& peer) override;
  /// Of these SOP classes those that the peer does not accept from us in a plain transfer syntax.
  Result<std::vector<std::string>> refused_of(const Peer& peer,
                                              std::span<const std::string> sop_classes);

 private:
  const Options options_;
};

}  // namespace hilum::scp
