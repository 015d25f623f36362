#pragma once

#include <chrono>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "pipeline/domain/peer.h"
#include "scp/association_policy.h"

namespace hilum::scp {

/// The configured peers with the addresses of their hosts. Names are looked up at construction,
/// and again when a caller matches a peer's AE title but not its address: a name server that was
/// down at start, or a moved host, needs no restart. Thread-safe.
class PeerDirectory {
 public:
  explicit PeerDirectory(std::span<const Peer> peers);

  /// The peers as known now.
  [[nodiscard]] std::vector<KnownPeer> peers() const;
  /// Looks all names up again unless that happened within `kLeastPause`. Blocks for the name
  /// server; call it from an association's own thread.
  std::vector<KnownPeer> refreshed();

  static constexpr std::chrono::seconds kLeastPause{10};

 private:
  const std::vector<Peer> configured_;
  mutable std::mutex mutex_;
  std::vector<KnownPeer> known_;                          // guarded by mutex_
  std::chrono::steady_clock::time_point last_look_up_{};  // guarded by mutex_
};

}  // namespace hilum::scp
