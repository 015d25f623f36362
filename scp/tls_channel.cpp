#include "scp/tls_channel.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <exception>
#include <new>
#include <utility>

namespace hilum::scp {
namespace {

/// Between two pieces of data, and before the first: certificates of up to 100 KB, a full read
/// buffer, and all that TLS says about itself. A peer that only ever renews its keys is cut here.
constexpr std::size_t kMostBytesWithoutData = 512 * 1024;

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  return ::inet_pton(AF_INET, host.c_str(), parsed.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), parsed.data()) == 1;
}

int clamped(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

/// Empties OpenSSL's queue of errors; the first of its TLS part is what happened.
int take_reason() {
  int reason = ERR_R_INTERNAL_ERROR;
  for (unsigned long error = ::ERR_get_error(); error != 0; error = ::ERR_get_error()) {
    if (reason == ERR_R_INTERNAL_ERROR && ERR_GET_LIB(error) == ERR_LIB_SSL) {
      reason = ERR_GET_REASON(error);
    }
  }
  return reason;
}

}  // namespace

struct TlsChannel::Callbacks {
  static TlsChannel& of(BIO* bio) { return *static_cast<TlsChannel*>(::BIO_get_data(bio)); }

  static int read(BIO* bio, char* to, int size) {
    TlsChannel& channel = of(bio);
    ::BIO_clear_retry_flags(bio);
    if (channel.bytes_without_data_ > kMostBytesWithoutData) {
      return static_cast<int>(channel.wire_.fail(Ending::kTooMuch, EMSGSIZE));
    }
    const auto got = channel.wire_.receive(to, static_cast<std::size_t>(size), channel.reading_);
    if (got > 0) channel.bytes_without_data_ += static_cast<std::size_t>(got);
    if (got < 0 && errno == EAGAIN) ::BIO_set_retry_read(bio);  // the Wire waits otherwise
    // Who speaks another protocol gets no TLS alert, which would tell it nothing.
    constexpr std::uint8_t kHandshake = 0x16;
    if (got > 0 && channel.role_ == TlsRole::kAcceptor &&
        channel.wire_.first_byte() != kHandshake) {
      return static_cast<int>(channel.wire_.fail(Ending::kTlsFailed, EPROTO));
    }
    return static_cast<int>(got);
  }

  static int write(BIO* bio, const char* from, int size) {
    TlsChannel& channel = of(bio);
    ::BIO_clear_retry_flags(bio);
    return static_cast<int>(
        channel.wire_.send(from, static_cast<std::size_t>(size), channel.writing_));
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static int verify(int believed, X509_STORE_CTX* store) {
    if (believed == 1) return 1;
    const auto* ssl = static_cast<SSL*>(
        ::X509_STORE_CTX_get_ex_data(store, ::SSL_get_ex_data_X509_STORE_CTX_idx()));
    try {
      of(::SSL_get_rbio(ssl)).note_rejected(store);
    } catch (const std::exception&) {  // out of memory; OpenSSL is written in C
      return 0;
    }
    return 0;
  }

  /// Lives as long as the process, like OpenSSL.
  static const BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* raw = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "hilum wire");
      if (raw == nullptr) throw std::bad_alloc();
      ::BIO_meth_set_read(raw, &Callbacks::read);
      ::BIO_meth_set_write(raw, &Callbacks::write);
      ::BIO_meth_set_ctrl(raw, &Callbacks::control);
      return raw;
    }();
    return made;
  }
};

TlsChannel::TlsChannel(Wire& wire, std::shared_ptr<const TlsContext> context, TlsRole role)
    : wire_(wire), context_(std::move(context)), role_(role) {
  facts_.role = role;
  facts_.ours = context_->certificate();
  ssl_ = ::SSL_new(context_->native());
  BIO* bio = ssl_ != nullptr ? ::BIO_new(Callbacks::method()) : nullptr;
  if (bio == nullptr) {
    ::SSL_free(ssl_);
    throw std::bad_alloc();
  }
  ::BIO_set_data(bio, this);
  ::BIO_set_init(bio, 1);
  ::SSL_set_bio(ssl_, bio, bio);  // takes it
  int mode = SSL_VERIFY_PEER;
  if (role == TlsRole::kAcceptor) {
    ::SSL_set_accept_state(ssl_);
    if (context_->options().callers == CallerCertificate::kRequired) {
      mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    }
  } else {
    ::SSL_set_connect_state(ssl_);
  }
  ::SSL_set_verify(ssl_, mode, &Callbacks::verify);
}

TlsChannel::~TlsChannel() { ::SSL_free(ssl_); }

Status TlsChannel::handshake(const std::string& server_name) {
  if (role_ == TlsRole::kRequestor && !server_name.empty() && !is_address(server_name)) {
    ::SSL_set_tlsext_host_name(ssl_, server_name.c_str());
  }
  ::ERR_clear_error();
  const int done = ::SSL_do_handshake(ssl_);
  if (done == 1) {
    established_ = true;
    bytes_without_data_ = 0;
    return ok();
  }
  failed(done);
  return Error{ErrorCode::kUnavailable, failure_};
}

std::ptrdiff_t TlsChannel::read(void* to, std::size_t size) {
  if (!failure_.empty()) return wire_.fail(Ending::kTlsFailed, EPROTO);
  ::ERR_clear_error();
  const int got = ::SSL_read(ssl_, to, clamped(size));
  if (got <= 0) return failed(got);
  bytes_without_data_ = 0;
  return got;
}

bool TlsChannel::is_readable() {
  if (!failure_.empty()) return true;
  reading_ = Wire::Patience::kNone;
  ::ERR_clear_error();
  char first = 0;
  const int got = ::SSL_peek(ssl_, &first, 1);
  reading_ = Wire::Patience::kWait;
  if (got > 0) return true;
  if (::SSL_get_error(ssl_, got) == SSL_ERROR_WANT_READ) return false;
  (void)failed(got);
  return true;
}

std::ptrdiff_t TlsChannel::write(const void* from, std::size_t size) {
  const auto* next = static_cast<const char*>(from);
  for (std::size_t left = size; left > 0;) {
    ::ERR_clear_error();
    const int put = ::SSL_write(ssl_, next, clamped(left));
    if (put <= 0) {
      (void)failed(put);
      // A peer that refuses us has said why before it closed.
      if (failure_.empty() && wire_.ending() == Ending::kPeerClosed) (void)is_readable();
      return -1;
    }
    next += put;
    left -= static_cast<std::size_t>(put);
  }
  return static_cast<std::ptrdiff_t>(size);
}

void TlsChannel::say_goodbye() {
  const bool said = (::SSL_get_shutdown(ssl_) & SSL_SENT_SHUTDOWN) != 0;
  if (!established_ || !failure_.empty() || said) return;
  writing_ = Wire::Patience::kNone;
  ::SSL_shutdown(ssl_);
  ::ERR_clear_error();
}

std::ptrdiff_t TlsChannel::failed(int returned) {
  const int number = errno;
  const int error = ::SSL_get_error(ssl_, returned);
  if (error == SSL_ERROR_ZERO_RETURN) {
    wire_.fail(Ending::kPeerClosed, 0);
    return 0;
  }
  if (error == SSL_ERROR_SSL) {
    wire_.fail(Ending::kTlsFailed, EPROTO);
    note_failure(take_reason());
    return wire_.fail(Ending::kTlsFailed, EPROTO);
  }
  // The wire broke off, and has said why. DICOM frames its messages itself, so a connection that
  // ends without TLS's goodbye is no other than one that ends within a message.
  if (!established_) note_failure(0);
  errno = number;
  return established_ && wire_.ending() == Ending::kPeerClosed ? 0 : -1;
}

void TlsChannel::note_failure(int reason) {
  facts_.reason = reason;
  facts_.ending = wire_.ending();
  facts_.first_byte = wire_.first_byte();
  failure_ = explain(facts_);
}

void TlsChannel::note_rejected(const X509_STORE_CTX* store) {
  facts_.verify_error = ::X509_STORE_CTX_get_error(store);
  if (const X509* current = ::X509_STORE_CTX_get_current_cert(store); current != nullptr) {
    facts_.rejected = describe(*current);
  }
}

std::optional<Certificate> TlsChannel::peer_certificate() const {
  const X509* certificate = ::SSL_get0_peer_certificate(ssl_);
  if (certificate == nullptr) return {};
  return describe(*certificate);
}

std::string TlsChannel::description() const {
  return fmt::format("{} {}", ::SSL_get_version(ssl_), ::SSL_get_cipher_name(ssl_));
}

}  // namespace hilum::scp
