#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "pipeline/domain/result.h"
#include "scp/certificate.h"
#include "scp/tls_context.h"
#include "scp/tls_failure.h"
#include "scp/wire.h"

// OpenSSL's; its headers stay in the .cpp files.
struct bio_st;
struct ssl_st;
struct x509_store_ctx_st;

namespace hilum::scp {

/// TLS over a Wire, whose deadlines, idle timeout and pace go on to hold: OpenSSL never sees the
/// descriptor. What comes without bringing data, as in the handshake, is limited in bytes, too.
/// One thread.
class TlsChannel {
 public:
  /// `wire` must outlive it.
  TlsChannel(Wire& wire, std::shared_ptr<const TlsContext> context, TlsRole role);
  ~TlsChannel();
  TlsChannel(const TlsChannel&) = delete;
  TlsChannel& operator=(const TlsChannel&) = delete;

  /// Agrees on keys and checks the peer's certificate, before the deadline of the wire.
  /// `server_name`: whom a requestor calls, for peers with several certificates; may be empty or an
  /// address. kUnavailable with an explanation.
  Status handshake(const std::string& server_name);

  /// As of a Wire that waits.
  std::ptrdiff_t read(void* to, std::size_t size);
  std::ptrdiff_t write(const void* from, std::size_t size);
  /// Whether `read` would return at once, with data or because the connection ended.
  bool is_readable();
  /// Tells the peer that nothing more comes, if that takes no time.
  void say_goodbye();

  /// Of the peer, checked; none: it showed none.
  [[nodiscard]] std::optional<Certificate> peer_certificate() const;
  /// "TLSv1.3 TLS_AES_256_GCM_SHA384".
  [[nodiscard]] std::string description() const;
  /// Why TLS failed, also after the handshake: with TLS 1.3 a requestor learns only then that its
  /// certificate is refused. Empty: it did not.
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  struct Callbacks;  ///< what OpenSSL calls, with access to this object

  /// What OpenSSL's `returned` means: as of a Wire. Notes the failure, if it is one of TLS.
  std::ptrdiff_t failed(int returned);
  void note_failure(int reason);
  void note_rejected(const x509_store_ctx_st* store);

  Wire& wire_;
  const std::shared_ptr<const TlsContext> context_;
  const TlsRole role_;
  Wire::Patience reading_ = Wire::Patience::kWait;
  Wire::Patience writing_ = Wire::Patience::kWait;
  std::size_t bytes_without_data_ = 0;
  bool established_ = false;
  TlsFailure facts_;
  std::string failure_;
  ssl_st* ssl_ = nullptr;
};

}  // namespace hilum::scp
