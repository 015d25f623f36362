#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "pipeline/domain/ports.h"
#include "scp/presentation_contexts.h"
#include "scp/spool.h"
#include "scp/store_scu.h"

namespace hilum::scp {

/// Asks peers what they have of a series and has missing instances sent: SCU of Study Root FIND,
/// GET and MOVE (PS3.4 C), one association per call. What comes by C-GET goes the way of every
/// received object: part file, digest, quarantine, sink. Thread-safe.
class QueryScu : public SeriesSource {
 public:
  struct Options {
    StoreScu::Options scu;
    /// By which of our AE titles a virtual node asks, and has things sent to; others as `scu` says.
    std::map<VirtualNode, AeTitle> titles{};
    /// What can be segmented: the classes whose instances count, and the syntaxes they may come in.
    std::vector<std::string> classes;
    SyntaxFilter of_use{};
  };
  /// A series with more instances is not asked for.
  static constexpr std::size_t kMostInstances = 20'000;

  QueryScu(Options options, Spool& spool);

  /// Two C-FINDs: at SERIES level for the stated number of instances, which a peer may leave out,
  /// and at IMAGE level for their names.
  Result<SeriesInventory> inventory(const Peer& peer, const SeriesKey& series,
                                    std::stop_token stop) override;
  Status retrieve(const Peer& peer, const SeriesKey& series,
                  std::span<const SopInstanceUid> missing, IntakeSink& sink,
                  std::chrono::milliseconds patience, std::stop_token stop) override;

 private:
  [[nodiscard]] StoreScu::Options calling_for(const VirtualNode& node) const;

  const Options options_;
  Spool& spool_;
  std::atomic<std::uint64_t> next_association_;
};

/// Whether a peer answers a C-FIND, and accepts what `peer.query` fetches instances by; nothing is
/// fetched. Needs neither spool nor sink.
Status check_query(const Peer& peer, const QueryScu::Options& options);

}  // namespace hilum::scp
