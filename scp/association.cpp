#include "scp/association.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "scp/acse.h"
#include "scp/store_scp.h"

namespace hilum::scp {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How long a caller that asks whether we are there may keep one of the spare places.
constexpr milliseconds kBusyVerification{5000};

std::optional<Rejection> decision_on(AssociationServices& services, const Association& association,
                                     const AssociationRequest& request, Lane lane) {
  // "Is the node there?" is answered when everything else is full: monitoring must be able to tell
  // a busy node from a dead one.
  if (lane == Lane::kRefuseBusy && !association.asks_for_verification_alone()) {
    return Rejection{kLocalLimitExceeded,
                     fmt::format("\"{}\" from {} came while the limit of associations was reached; "
                                 "raise max_associations if this is usual",
                                 printable(request.calling_ae), request.peer_address)};
  }
  auto rejected = decide(request, services.policy, services.peers.peers());
  if (rejected && rejected->reason == kCallingAeNotRecognized) {
    rejected = decide(request, services.policy, services.peers.refreshed());
  }
  return rejected;
}

/// Tells the sink that the association is over, whatever way that happens.
class ClosedNotice {
 public:
  ClosedNotice(IntakeSink& sink, std::uint64_t id) : sink_(sink), id_(id) {}
  ~ClosedNotice() { sink_.association_closed(id_); }
  ClosedNotice(const ClosedNotice&) = delete;
  ClosedNotice& operator=(const ClosedNotice&) = delete;

 private:
  IntakeSink& sink_;
  std::uint64_t id_;
};

void serve(AssociationServices& services, Association& association, Socket& socket,
           std::uint64_t id, const AssociationRequest& request) {
  const auto begin = steady_clock::now();
  const auto calling = printable(request.calling_ae);
  std::vector<std::string> refused;
  if (auto accepted = association.accept(services.of_use, refused); !accepted) {
    spdlog::warn("event=association_failed assoc={} calling=\"{}\" peer={} reason=\"{}\"", id,
                 calling, socket.peer_address(), accepted.error().message);
    return;
  }
  ++services.counters.accepted;
  spdlog::info(
      "event=association_accepted assoc={} calling=\"{}\" called=\"{}\" peer={} "
      "refused_contexts=\"{}\"",
      id, calling, printable(request.called_ae), socket.peer_address(), fmt::join(refused, " "));
  const ClosedNotice notice(services.sink, id);
  StoreScp scp(association, socket, services.spool, services.sink, {id, calling});
  const auto summary = scp.serve();
  services.counters.instances_stored += summary.stored + summary.stored_again;
  services.counters.stores_failed += summary.failed;
  services.counters.bytes_received += socket.bytes_received();
  const auto took = duration_cast<milliseconds>(steady_clock::now() - begin);
  spdlog::info(
      "event=association_closed assoc={} calling=\"{}\" peer={} end=\"{}\" stored={} "
      "stored_again={} failed={} bytes={} ms={}",
      id, calling, socket.peer_address(), summary.end, summary.stored, summary.stored_again,
      summary.failed, socket.bytes_received(), took.count());
}

void run(AssociationServices& services, const std::shared_ptr<Socket>& socket, std::uint64_t id,
         Lane lane) {
  // ARTIM (PS3.8 9.1.4): the request must be complete in time, however it trickles in.
  socket->set_deadline(services.request_timeout);
  auto association = Association::receive(socket, services.max_pdu, services.request_timeout);
  if (!association) {
    spdlog::warn("event=no_association_request assoc={} peer={} reason=\"{}\"", id,
                 socket->peer_address(), association.error().message);
    return;
  }
  const auto request = association->request(*socket);
  if (const auto rejected = decision_on(services, *association, request, lane)) {
    ++services.counters.rejected;
    spdlog::warn(
        "event=association_rejected assoc={} peer={} result={} source={} reason={} "
        "explanation={}",
        id, socket->peer_address(), rejected->reason.result, rejected->reason.source,
        rejected->reason.reason, rejected->explanation);
    association->reject(rejected->reason);
    return;
  }
  if (lane == Lane::kServe) {
    socket->set_deadline({});
  } else {
    socket->set_deadline(kBusyVerification);
  }
  serve(services, *association, *socket, id, request);
}

}  // namespace

void run_association(AssociationServices& services, const std::shared_ptr<Socket>& socket,
                     std::uint64_t id, Lane lane) {
  try {
    run(services, socket, id, lane);
  } catch (const std::exception& failure) {
    // Out of memory, in practice. The other associations go on; nothing was acknowledged here
    // that is not durable.
    spdlog::error("event=association_failed assoc={} reason=\"{}\"", id, failure.what());
  }
  // Also where no association came to be that would have closed it.
  socket->close();
}

}  // namespace hilum::scp
