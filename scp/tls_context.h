#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/domain/result.h"
#include "scp/certificate.h"

// OpenSSL's; its headers stay in the .cpp files.
struct ssl_ctx_st;

namespace hilum::scp {

/// Which protocol versions and cipher suites are agreed to.
enum class TlsProfile {
  kBcp195Rfc9325,  ///< PS3.15 B.12: TLS 1.2 and 1.3, forward secrecy and AEAD only
  /// PS3.15 B.10 (retired), "non-downgrading": with the DHE suites of RFC 7525, for older devices
  kBcp195Rfc7525,
};

/// Whether callers must present a certificate of our authorities.
enum class CallerCertificate {
  kRequired,
  kOptional,  ///< one that is presented must still be valid
};

/// The files, all PEM, are named in messages by the keys of the configuration's section `tls`.
struct TlsOptions {
  std::filesystem::path certificate{};  ///< ours, then its intermediates; empty: none
  std::filesystem::path private_key{};  ///< of `certificate`
  std::filesystem::path authorities{};  ///< whose certificates are believed; empty: none
  CallerCertificate callers = CallerCertificate::kRequired;
  TlsProfile profile = TlsProfile::kBcp195Rfc9325;
};

/// What all TLS connections of this node have in common, for both directions: versions and cipher
/// suites of a profile, our certificate, and the authorities we believe. Renegotiation, compression
/// and resumption of sessions are off, so every connection proves both certificates anew.
/// Immutable; thread-safe.
class TlsContext {
 public:
  /// kInvalidInput, naming the key and what to do, for a file that is missing, unreadable or no
  /// PEM, a key that is encrypted or not the certificate's, and a certificate out of its validity.
  static Result<std::shared_ptr<const TlsContext>> load(
      const TlsOptions& options,
      std::chrono::system_clock::time_point now = std::chrono::system_clock::now());
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  [[nodiscard]] ssl_ctx_st* native() const { return context_; }
  [[nodiscard]] const TlsOptions& options() const { return options_; }
  /// Ours.
  [[nodiscard]] const std::optional<Certificate>& certificate() const { return certificate_; }
  /// What is not wrong yet, but will be: each a sentence with its remedy.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

  /// How long before its end a certificate of ours is warned about.
  static constexpr std::chrono::hours kWarnedBefore{30 * 24};

 private:
  TlsContext(ssl_ctx_st* context, TlsOptions options)
      : context_(context), options_(std::move(options)) {}
  Status configure();
  Status use_certificate(std::chrono::system_clock::time_point now);
  Status use_private_key();
  Status use_authorities();

  ssl_ctx_st* const context_;
  const TlsOptions options_;
  std::optional<Certificate> certificate_;
  std::vector<std::string> warnings_;
};

}  // namespace hilum::scp
