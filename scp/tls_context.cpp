#include "scp/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

namespace hilum::scp {
namespace {

/// RFC 9325 4.2, and ChaCha20 for peers without AES in hardware; ECDSA for keys of that kind.
constexpr const char* kSuitesRfc9325 =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
/// RFC 7525 4.2 has these in addition.
constexpr const char* kSuitesRfc7525Only = "DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256";
constexpr const char* kSuitesTls13 =
    "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384:P-521";
/// RSA of 2048 bits and more, no SHA-1 in signatures.
constexpr int kSecurityLevel = 2;

Error invalid(std::string_view key, const std::filesystem::path& file, std::string_view what) {
  return {ErrorCode::kInvalidInput, fmt::format("tls.{} = \"{}\" {}", key, file.string(), what)};
}

/// What OpenSSL says of its last failure.
std::string library_text() {
  const char* reason = ::ERR_reason_error_string(::ERR_peek_last_error());
  ::ERR_clear_error();
  return reason != nullptr ? reason : "no reason given";
}

/// So that a file that is not there is not reported as a broken one.
Status check_readable(std::string_view key, const std::filesystem::path& file) {
  const std::ifstream in(file);
  const int number = errno;
  std::error_code error;
  if (in && std::filesystem::is_regular_file(file, error)) return ok();
  if (in) return invalid(key, file, "is not a file; name a file in PEM format");
  return invalid(key, file,
                 fmt::format("cannot be read: {}; is the path right, and may the user that runs "
                             "hilum read it?",
                             std::strerror(number)));
}

}  // namespace

TlsContext::~TlsContext() { ::SSL_CTX_free(context_); }

Result<std::shared_ptr<const TlsContext>> TlsContext::load(
    const TlsOptions& options, std::chrono::system_clock::time_point now) {
  ::ERR_clear_error();
  SSL_CTX* native = ::SSL_CTX_new(::TLS_method());
  if (native == nullptr) {
    return Error{ErrorCode::kInternal, "prepare TLS: " + library_text()};
  }
  std::shared_ptr<TlsContext> context(new TlsContext(native, options));
  if (auto done = context->configure(); !done) return std::move(done).error();
  if (!options.certificate.empty()) {
    if (auto done = context->use_certificate(now); !done) return std::move(done).error();
    if (auto done = context->use_private_key(); !done) return std::move(done).error();
  }
  if (!options.authorities.empty()) {
    if (auto done = context->use_authorities(); !done) return std::move(done).error();
  }
  return std::shared_ptr<const TlsContext>(std::move(context));
}

Status TlsContext::configure() {
  std::string suites = kSuitesRfc9325;
  if (options_.profile == TlsProfile::kBcp195Rfc7525) {
    suites += ':';
    suites += kSuitesRfc7525Only;
  }
  ::SSL_CTX_set_security_level(context_, kSecurityLevel);
  const bool done = ::SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION) == 1 &&
                    ::SSL_CTX_set_max_proto_version(context_, 0) == 1 &&
                    ::SSL_CTX_set_cipher_list(context_, suites.c_str()) == 1 &&
                    ::SSL_CTX_set_ciphersuites(context_, kSuitesTls13) == 1 &&
                    ::SSL_CTX_set1_groups_list(context_, kGroups) == 1 &&
                    ::SSL_CTX_set_dh_auto(context_, 1) == 1 &&
                    ::SSL_CTX_set_num_tickets(context_, 0) == 1;
  if (!done) return Error{ErrorCode::kInternal, "prepare TLS: " + library_text()};
  ::SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                      SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  ::SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  // Several records for one call of the system.
  constexpr std::size_t kReadBuffer = 128 * 1024;
  ::SSL_CTX_set_read_ahead(context_, 1);
  ::SSL_CTX_set_default_read_buffer_len(context_, kReadBuffer);
  // OpenSSL would ask for the password at the terminal.
  ::SSL_CTX_set_default_passwd_cb(context_, [](char*, int, int, void*) { return -1; });
  return ok();
}

Status TlsContext::use_certificate(std::chrono::system_clock::time_point now) {
  const auto& file = options_.certificate;
  if (auto readable = check_readable("certificate", file); !readable) return readable;
  if (::SSL_CTX_use_certificate_chain_file(context_, file.c_str()) != 1) {
    return invalid("certificate", file,
                   fmt::format("holds no certificate in PEM format that can be used ({}); it "
                               "starts with our own certificate, intermediate ones follow",
                               library_text()));
  }
  certificate_ = describe(*::SSL_CTX_get0_certificate(context_));
  if (now > certificate_->valid_until) {
    return invalid("certificate", file,
                   fmt::format("expired on {}; have it renewed by \"{}\"",
                               moment_text(certificate_->valid_until), certificate_->issuer));
  }
  if (now < certificate_->valid_from) {
    return invalid("certificate", file,
                   fmt::format("is valid from {} only; is this computer's clock right?",
                               moment_text(certificate_->valid_from)));
  }
  if (certificate_->valid_until - now < kWarnedBefore) {
    warnings_.push_back(fmt::format(
        "tls.certificate = \"{}\" expires on {}; have it renewed by \"{}\" and restart the node",
        file.string(), moment_text(certificate_->valid_until), certificate_->issuer));
  }
  return ok();
}

Status TlsContext::use_private_key() {
  const auto& file = options_.private_key;
  if (auto readable = check_readable("private_key", file); !readable) return readable;
  if (::SSL_CTX_use_PrivateKey_file(context_, file.c_str(), SSL_FILETYPE_PEM) != 1) {
    const unsigned long reason = ::ERR_peek_last_error();
    const bool other_key = ERR_GET_LIB(reason) == ERR_LIB_X509 &&
                           (ERR_GET_REASON(reason) == X509_R_KEY_VALUES_MISMATCH ||
                            ERR_GET_REASON(reason) == X509_R_KEY_TYPE_MISMATCH);
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (other_key) {
      return invalid("private_key", file,
                     fmt::format("is not the key of tls.certificate (\"{}\"); name the pair that "
                                 "belongs together",
                                 certificate_->subject));
    }
    if (text.find("ENCRYPTED") != std::string::npos) {
      return invalid("private_key", file,
                     "is encrypted, and a service cannot ask for its password; decrypt it with "
                     "`openssl pkey -in KEY -out NEW` and let only hilum's user read the result");
    }
    return invalid(
        "private_key", file,
        fmt::format("holds no private key in PEM format that can be used ({})", library_text()));
  }
  struct stat info {};
  if (::stat(file.c_str(), &info) == 0 && (info.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    warnings_.push_back(
        fmt::format("tls.private_key = \"{}\" can be read or written by every user of this "
                    "computer; run `chmod o= {}`",
                    file.string(), file.string()));
  }
  return ok();
}

Status TlsContext::use_authorities() {
  const auto& file = options_.authorities;
  if (auto readable = check_readable("authorities", file); !readable) return readable;
  STACK_OF(X509_NAME)* names = nullptr;
  if (::SSL_CTX_load_verify_file(context_, file.c_str()) == 1) {
    names = ::SSL_load_client_CA_file(file.c_str());
  }
  if (names == nullptr) {
    return invalid("authorities", file,
                   fmt::format("holds no certificate in PEM format that can be used ({}); it has "
                               "those of the authorities that sign callers and destinations",
                               library_text()));
  }
  // Told to callers, so that one with several certificates chooses the right one.
  ::SSL_CTX_set_client_CA_list(context_, names);
  ::ERR_clear_error();
  return ok();
}

}  // namespace hilum::scp
