#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "scp/certificate.h"
#include "scp/wire.h"

namespace hilum::scp {

/// Which end of a TLS connection this node is.
enum class TlsRole {
  kAcceptor,   ///< TLS server: a peer called us
  kRequestor,  ///< TLS client: we called a peer
};

/// All that is known about a TLS connection that failed.
struct TlsFailure {
  TlsRole role = TlsRole::kAcceptor;
  Ending ending = Ending::kTlsFailed;
  std::optional<std::uint8_t> first_byte{};  ///< that the peer ever sent
  int reason = 0;                            ///< OpenSSL's SSL_R_..., 0: none
  /// The peer's certificate, or one of its chain, that was not believed, and why: X509_V_ERR_...
  int verify_error = 0;
  std::optional<Certificate> rejected{};
  std::optional<Certificate> ours{};
};

/// What happened, in words that name the remedy, for the log. Pure.
std::string explain(const TlsFailure& failure);

}  // namespace hilum::scp
