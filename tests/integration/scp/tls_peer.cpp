#include "tests/integration/scp/tls_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "tests/integration/scp/pdu_reader.h"

namespace hilum::test {
namespace {

void set_patience(int fd, std::chrono::milliseconds patience) {
  timeval time{};
  time.tv_sec = static_cast<time_t>(patience.count() / 1000);
  time.tv_usec = static_cast<suseconds_t>(patience.count() % 1000 * 1000);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
}

}  // namespace

struct TlsPeer::Impl {
  Impl() = default;
  ~Impl() {
    ::SSL_free(ssl);
    ::SSL_CTX_free(context);
    ::close(fd);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  SSL_CTX* context = ::SSL_CTX_new(::TLS_client_method());
  SSL* ssl = nullptr;
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

TlsPeer::TlsPeer(std::uint16_t port, const CertificateFiles& identity)
    : impl_(std::make_unique<Impl>()) {
  ::signal(SIGPIPE, SIG_IGN);  // SSL_write knows no MSG_NOSIGNAL
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int on = 1;
  ::setsockopt(impl_->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  set_patience(impl_->fd, std::chrono::seconds(10));
  ::SSL_CTX_use_certificate_chain_file(impl_->context, identity.certificate.c_str());
  ::SSL_CTX_use_PrivateKey_file(impl_->context, identity.key.c_str(), SSL_FILETYPE_PEM);
  impl_->ssl = ::SSL_new(impl_->context);
  ::SSL_set_fd(impl_->ssl, impl_->fd);
  if (::connect(impl_->fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::SSL_connect(impl_->ssl) != 1) {
    throw std::runtime_error("no TLS connection");
  }
}

TlsPeer::~TlsPeer() = default;

void TlsPeer::send(std::string_view bytes) {
  // When the peer has had enough, the test sees that by other means.
  (void)::SSL_write(impl_->ssl, bytes.data(), static_cast<int>(bytes.size()));
}

std::string TlsPeer::receive_pdu() {
  set_patience(impl_->fd, std::chrono::seconds(10));
  return read_pdu([this](char* to, std::size_t size) {
    return ::SSL_read(impl_->ssl, to, static_cast<int>(size));
  });
}

bool TlsPeer::closed_within(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  std::array<char, 4096> chunk{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    set_patience(impl_->fd, left);
    const int got = ::SSL_read(impl_->ssl, chunk.data(), static_cast<int>(chunk.size()));
    if (got <= 0) return ::SSL_get_error(impl_->ssl, got) != SSL_ERROR_WANT_READ;
  }
}

void TlsPeer::update_keys() {
  ::SSL_key_update(impl_->ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
  ::SSL_do_handshake(impl_->ssl);
}

}  // namespace hilum::test
