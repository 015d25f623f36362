#include "scp/peer_directory.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>

#include <array>
#include <memory>

#include "pipeline/domain/ip_network.h"

namespace hilum::scp {
namespace {

std::string numeric(const addrinfo& entry) {
  std::array<char, NI_MAXHOST> text{};
  const int failed = ::getnameinfo(entry.ai_addr, entry.ai_addrlen, text.data(),
                                   static_cast<socklen_t>(text.size()), nullptr, 0, NI_NUMERICHOST);
  return failed == 0 ? text.data() : "";
}

std::vector<std::string> look_up(const std::string& host) {
  if (means_any_address(host)) return {std::string(kAnyAddress)};
  if (IpNetwork::parse(host)) return {host};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &raw);
  if (failed != 0) {
    spdlog::warn("event=peer_host_unknown host=\"{}\" reason=\"{}\"", printable(host),
                 ::gai_strerror(failed));
    return {};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(raw, &::freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    addresses.push_back(numeric(*entry));
  }
  return addresses;
}

std::vector<KnownPeer> look_up_all(std::span<const Peer> peers) {
  std::vector<KnownPeer> known;
  known.reserve(peers.size());
  for (const auto& peer : peers) {
    known.push_back({peer.name, peer.ae_title, peer.host, look_up(peer.host), peer.may_send,
                     peer.max_associations, peer.tls ? Security::kTls : Security::kNone,
                     peer.certificate_name});
  }
  return known;
}

}  // namespace

PeerDirectory::PeerDirectory(std::span<const Peer> peers)
    : configured_(peers.begin(), peers.end()),
      known_(look_up_all(configured_)),
      last_look_up_(std::chrono::steady_clock::now()) {}

std::vector<KnownPeer> PeerDirectory::peers() const {
  const std::scoped_lock lock(mutex_);
  return known_;
}

std::vector<KnownPeer> PeerDirectory::refreshed() {
  {
    const std::scoped_lock lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now - last_look_up_ < kLeastPause) return known_;
    last_look_up_ = now;
  }
  // Without the lock: associations of other peers must not wait for a slow name server.
  auto fresh = look_up_all(configured_);
  const std::scoped_lock lock(mutex_);
  known_ = std::move(fresh);
  return known_;
}

}  // namespace hilum::scp
