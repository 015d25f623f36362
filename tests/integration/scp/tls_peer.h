#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tests/support/certificates.h"

namespace hilum::test {

/// A TLS client that says whatever it is told, in records of whatever size. Throws when the
/// handshake fails.
class TlsPeer {
 public:
  TlsPeer(std::uint16_t port, const CertificateFiles& identity);
  ~TlsPeer();
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  /// One record for each call, up to 16 KiB.
  void send(std::string_view bytes);
  /// Exactly one PDU, header included; shorter when the peer closed or was silent for 10 s.
  std::string receive_pdu();
  /// Whether the peer closes within `patience`; what it says meanwhile is dropped.
  bool closed_within(std::chrono::milliseconds patience);
  /// Tells the peer that it changes its keys; nothing else.
  void update_keys();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hilum::test
