#include "scp/listener.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>
#include <utility>

namespace hilum::scp {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct Listener::Impl {
  explicit Impl(Accepted handler)
      : accepted(std::move(handler)), acceptor(io), pause(io), port(0) {}

  error_code listen(const tcp::endpoint& endpoint);
  void accept_next();
  void on_accept(const error_code& error, tcp::socket socket);
  void accept_later();

  const Accepted accepted;
  asio::io_context io{1};
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::uint16_t port;  // constant after listen
  std::jthread thread;
};

error_code Listener::Impl::listen(const tcp::endpoint& endpoint) {
  error_code error;
  if (acceptor.open(endpoint.protocol(), error)) return error;
  if (acceptor.set_option(tcp::acceptor::reuse_address(true), error)) return error;
  if (endpoint.address().is_v6() && acceptor.set_option(asio::ip::v6_only(false), error)) {
    return error;
  }
  if (acceptor.bind(endpoint, error)) return error;
  if (acceptor.listen(tcp::acceptor::max_listen_connections, error)) return error;
  port = acceptor.local_endpoint(error).port();
  return error;
}

void Listener::Impl::accept_next() {
  acceptor.async_accept(
      [this](const error_code& error, tcp::socket socket) { on_accept(error, std::move(socket)); });
}

void Listener::Impl::on_accept(const error_code& error, tcp::socket socket) {
  if (!acceptor.is_open()) return;
  if (error) {
    spdlog::warn("event=accept_failed reason=\"{}\"", error.message());
    accept_later();
    return;
  }
  error_code released;
  UniqueFd fd(socket.release(released));
  if (!released) accepted(std::move(fd));
  accept_next();
}

void Listener::Impl::accept_later() {
  // Without file descriptors the same failure would come back at once.
  pause.expires_after(std::chrono::milliseconds(100));
  pause.async_wait([this](const error_code&) {
    if (acceptor.is_open()) accept_next();
  });
}

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Listener::~Listener() { close(); }

Result<std::unique_ptr<Listener>> Listener::open(const std::string& bind_address,
                                                 std::uint16_t port, Accepted accepted) {
  error_code error;
  const auto address = asio::ip::make_address(bind_address, error);
  if (error) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("\"{}\" is not a numeric address to listen on; use 0.0.0.0 for all "
                             "interfaces",
                             bind_address)};
  }
  auto impl = std::make_unique<Impl>(std::move(accepted));
  if (const auto failed = impl->listen({address, port})) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("listen on {} port {}: {}; is another program using the port? Ports "
                             "below 1024 need a privilege",
                             bind_address, port, failed.message())};
  }
  impl->accept_next();
  impl->thread = std::jthread([raw = impl.get()] { raw->io.run(); });
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

std::uint16_t Listener::port() const { return impl_->port; }

void Listener::close() {
  asio::post(impl_->io, [impl = impl_.get()] {
    error_code ignored;
    impl->acceptor.close(ignored);
    impl->pause.cancel();
  });
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace hilum::scp
