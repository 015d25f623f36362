#include "scp/dicom_server.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>

#include <atomic>
#include <cerrno>
#include <exception>

#include "pipeline/domain/posix_file.h"
#include "scp/association.h"
#include "scp/association_threads.h"
#include "scp/dcmtk_runtime.h"
#include "scp/listener.h"

namespace hilum::scp {
namespace {

/// Connections without a place, in excess of as many as there are places: those that have not said
/// yet what they want, and those that are told that the node is busy. More are closed.
constexpr int kSpareThreads = 4;

Status check(const ServerOptions& options) {
  constexpr std::uint32_t kSmallestPdu = 4096;  // DCMTK's limits
  constexpr std::uint32_t kLargestPdu = 131072;
  if (options.max_pdu < kSmallestPdu || options.max_pdu > kLargestPdu) {
    return Error{ErrorCode::kInvalidInput, fmt::format("max_pdu is {}, it must be {} to {}",
                                                       options.max_pdu, kSmallestPdu, kLargestPdu)};
  }
  if (options.max_associations < 1) {
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("max_associations is {}, it must be at least 1", options.max_associations)};
  }
  if (!options.port && !options.tls) {
    return Error{ErrorCode::kInvalidInput, "there is no port to listen on, with TLS or without"};
  }
  if (options.tls && !options.tls->context->certificate()) {
    return Error{ErrorCode::kInvalidInput,
                 "a TLS port needs a certificate of ours: set tls.certificate and tls.private_key"};
  }
  return ok();
}

std::uint16_t port_of(const std::unique_ptr<Listener>& listener) {
  return listener ? listener->port() : std::uint16_t{0};
}

}  // namespace

struct DicomServer::Impl {
  Impl(ServerOptions opts, IntakeSink& sink, Spool& spool, UniqueFd stop)
      : options(std::move(opts)),
        stop_event(std::move(stop)),
        services{{options.ae_title, options.virtual_titles, options.called_ae, options.peer_check,
                  options.max_unknown_associations},
                 options.max_pdu,
                 options.request_timeout,
                 options.of_use,
                 PeerDirectory(options.peers),
                 Places(options.max_associations),
                 sink,
                 spool,
                 {},
                 options.tls ? options.tls->context : nullptr,
                 options.reports},
        threads(2 * options.max_associations + kSpareThreads) {}

  Result<std::unique_ptr<Listener>> listen(std::uint16_t port, Security security);
  void take(UniqueFd fd, Security security);

  const ServerOptions options;
  const UniqueFd stop_event;  ///< readable for good once the node stops
  std::atomic<std::uint64_t> next_id{1};
  AssociationServices services;
  AssociationThreads threads;
  std::unique_ptr<Listener> plain;
  std::unique_ptr<Listener> secure;
};

Result<std::unique_ptr<Listener>> DicomServer::Impl::listen(std::uint16_t port, Security security) {
  auto listener = Listener::open(options.bind_address, port,
                                 [this, security](UniqueFd fd) { take(std::move(fd), security); });
  if (listener) {
    spdlog::info("event=dicom_listening address={} port={} tls={} ae_title=\"{}\" peers={}",
                 options.bind_address, (*listener)->port(),
                 security == Security::kTls ? "yes" : "no", options.ae_title.str(),
                 options.peers.size());
  }
  return listener;
}

void DicomServer::Impl::take(UniqueFd fd, Security security) try {
  auto socket = std::make_shared<Socket>(std::move(fd),
                                         Socket::Options{options.idle_timeout, stop_event.get()});
  const std::uint64_t id = next_id++;
  const auto taken = threads.start(socket, [this, id, security](const std::shared_ptr<Socket>& s) {
    run_association(services, s, id, security);
  });
  if (taken == AssociationThreads::Taken::kNo) {
    spdlog::warn(
        "event=connection_dropped assoc={} peer={} reason=\"too many connections are open that "
        "have "
        "not asked for anything yet: find out who opens them, close the port to that address, or "
        "lower network.association_timeout_s\"",
        id, socket->peer_address());
  }
} catch (const std::exception& failure) {
  // Out of memory, in practice: this caller is lost, the listener goes on.
  spdlog::error("event=connection_dropped reason=\"{}\"", failure.what());
}

DicomServer::DicomServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

DicomServer::~DicomServer() { stop(); }

Result<std::unique_ptr<DicomServer>> DicomServer::start(ServerOptions options, IntakeSink& sink,
                                                        Spool& spool) {
  if (auto ready = init_dcmtk_runtime(); !ready) return std::move(ready).error();
  if (auto valid = check(options); !valid) return std::move(valid).error();
  UniqueFd stop_event(::eventfd(0, EFD_CLOEXEC));
  if (!stop_event.valid()) return errno_error(errno, "create", "event descriptor");
  auto impl = std::make_unique<Impl>(std::move(options), sink, spool, std::move(stop_event));
  if (impl->options.port) {
    auto listener = impl->listen(*impl->options.port, Security::kNone);
    if (!listener) return std::move(listener).error();
    impl->plain = std::move(*listener);
  }
  if (impl->options.tls) {
    auto listener = impl->listen(impl->options.tls->port, Security::kTls);
    if (!listener) return std::move(listener).error().in("TLS port");
    impl->secure = std::move(*listener);
  }
  return std::unique_ptr<DicomServer>(new DicomServer(std::move(impl)));
}

std::uint16_t DicomServer::port() const { return port_of(impl_->plain); }

std::uint16_t DicomServer::tls_port() const { return port_of(impl_->secure); }

ServerStatistics DicomServer::statistics() const {
  const auto& counters = impl_->services.counters;
  return {.associations_open = impl_->services.places.taken(),
          .associations_accepted = counters.accepted,
          .associations_rejected = counters.rejected,
          .instances_stored = counters.instances_stored,
          .stores_failed = counters.stores_failed,
          .bytes_received = counters.bytes_received};
}

void DicomServer::stop() {
  if (impl_->plain) impl_->plain->close();
  if (impl_->secure) impl_->secure->close();
  constexpr std::uint64_t kStop = 1;
  const auto signalled =
      write_all(impl_->stop_event.get(), std::as_bytes(std::span(&kStop, 1)), "event descriptor");
  if (!signalled)
    spdlog::error("event=stop_signal_failed reason=\"{}\"", signalled.error().message);
  impl_->threads.drain(impl_->options.drain_timeout);
}

}  // namespace hilum::scp
