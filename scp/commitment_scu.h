#pragma once

#include <chrono>

#include "pipeline/domain/commitment.h"
#include "scp/store_scu.h"

namespace hilum::scp {

/// Asks peers to commit to keep what they were sent: SCU of the Storage Commitment Push Model
/// (PS3.4 J), one association per request. Thread-safe.
class CommitmentScu : public CommitmentRequester {
 public:
  struct Options {
    StoreScu::Options scu;
    /// For which the association stays open for the report, after the request was accepted.
    std::chrono::milliseconds report_wait{5000};
  };
  explicit CommitmentScu(Options options) : options_(std::move(options)) {}

  Result<Answer> request(const Peer& peer, const Request& request, CommitmentSink& sink,
                         std::stop_token enough) override;
  /// Whether the peer would take a request; nothing is asked.
  Result<Answer> offers(const Peer& peer);

 private:
  const Options options_;
};

}  // namespace hilum::scp
