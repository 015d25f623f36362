#include "scp/association.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "scp/acse.h"
#include "scp/remedies.h"
#include "scp/store_scp.h"

namespace hilum::scp {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How long a caller that asks whether we are there, or tells us what it keeps, may do so without a
/// place.
constexpr milliseconds kBusyVerification{5000};
constexpr milliseconds kBusyReports{30000};

/// Neither takes room, and reports are what makes some.
bool needs_no_room(Purpose purpose) { return purpose != Purpose::kAnything; }

/// While the disk is nearly full a sender is told before it sends anything. PS3.8 9.3.4: transient,
/// "temporary congestion"; the other transient reason, a local limit, is that of too many
/// associations.
std::optional<Rejection> refusal_for_space(AssociationServices& services,
                                           const AssociationRequest& request) {
  if (needs_no_room(request.purpose)) return {};
  // A disk that cannot be asked is answered about when an instance comes.
  const auto level = services.spool.room().level();
  if (!level || *level != DiskRoom::Level::kLow) return {};
  return Rejection{
      kTemporaryCongestion,
      fmt::format("\"{}\" from {} has to come back later: {}", printable(request.calling_ae),
                  request.peer_address, services.spool.room().advice())};
}

std::variant<Admission, Rejection> decision_on(AssociationServices& services,
                                               const AssociationRequest& request) {
  auto decision = decide(request, services.policy, services.peers.peers());
  const auto* rejected = std::get_if<Rejection>(&decision);
  if (rejected != nullptr && rejected->reason == kCallingAeNotRecognized) {
    decision = decide(request, services.policy, services.peers.refreshed());
  }
  if (std::holds_alternative<Rejection>(decision)) return decision;
  if (auto refused = refusal_for_space(services, request)) return *std::move(refused);
  return decision;
}

std::string named(const std::string& peer) {
  return peer.empty() ? "callers that are no [[peer]]" : fmt::format("peer \"{}\"", peer);
}

/// What to change so that this caller finds a place the next time.
std::string remedy(const Admission& caller, const Places::AllTaken& full) {
  return fmt::format(
      "{} came while all of the {} associations of network.max_associations were open, {} of them "
      "of {}; raise network.max_associations if this is usual, or {} to leave room for others",
      named(caller.peer), full.total, full.of_busiest, named(full.busiest),
      full.busiest.empty() ? "lower network.max_unknown_associations"
                           : "set max_associations in the [[peer]] section of that one");
}

std::string remedy(const Admission& caller, const Places::CallerHasItsOwn& full) {
  if (caller.peer.empty()) {
    return fmt::format(
        "callers that are no [[peer]] have the {} associations of "
        "network.max_unknown_associations open; raise it, or add a [[peer]] for this caller",
        full.limit);
  }
  return fmt::format(
      "peer \"{}\" has the {} associations of its max_associations open; raise max_associations in "
      "its [[peer]] section (0: as many as network.max_associations allows), or let the caller "
      "open fewer at once",
      caller.peer, full.limit);
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

std::ptrdiff_t count_refused(const std::vector<AnsweredContext>& contexts) {
  return std::ranges::count_if(contexts, [](const AnsweredContext& context) {
    return context.kind != ContextAnswer::Kind::kAccepted;
  });
}

void serve(AssociationServices& services, Association& association, Socket& socket,
           std::uint64_t id, const AssociationRequest& request, const Admission& admission) {
  const VirtualNode& node = admission.node;
  const auto begin = steady_clock::now();
  const auto calling = printable(request.calling_ae);
  // Strangers are asked for nothing, so they have nothing to report.
  const bool reports = services.reports != nullptr && !admission.peer.empty();
  const auto answered = association.accept(
      services.of_use, reports ? Association::Reports::kTaken : Association::Reports::kRefused);
  if (!answered) {
    spdlog::warn(
        "event=association_failed assoc={} calling=\"{}\" peer={} reason=\"{}\" remedy=\"{}\"", id,
        calling, socket.peer_address(), answered.error().message,
        remedy_of_broken(socket.ending()));
    return;
  }
  ++services.counters.accepted;
  spdlog::info(
      "event=association_accepted assoc={} calling=\"{}\" called=\"{}\" node={} peer={} tls=\"{}\" "
      "certificate=\"{}\" contexts={} refused={}",
      id, calling, printable(request.called_ae), node.shown(), socket.peer_address(),
      socket.tls() != nullptr ? socket.tls()->description() : "no",
      request.certificate ? request.certificate->subject : "none", answered->size(),
      count_refused(*answered));
  if (const auto reason = explain_refusals(*answered); !reason.empty()) {
    spdlog::warn("event=contexts_refused assoc={} calling=\"{}\" peer={} reason=\"{}\"", id,
                 calling, socket.peer_address(), reason);
  }
  const ClosedNotice notice(services.sink, id);
  StoreScp scp(association, socket, services.spool, services.sink, {id, calling, node},
               services.reports);
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

void reject(AssociationServices& services, Association& association, const Socket& socket,
            std::uint64_t id, const Rejection& rejected) {
  ++services.counters.rejected;
  spdlog::warn(
      "event=association_rejected assoc={} peer={} result={} source={} reason={} "
      "explanation={}",
      id, socket.peer_address(), rejected.reason.result, rejected.reason.source,
      rejected.reason.reason, rejected.explanation);
  association.reject(rejected.reason);
}

void run(AssociationServices& services, const std::shared_ptr<Socket>& socket, std::uint64_t id,
         Security security) {
  // ARTIM (PS3.8 9.1.4): TLS and the request must be complete in time, however they trickle in.
  socket->set_deadline(services.request_timeout);
  if (security == Security::kTls) {
    if (auto secure = socket->start_tls(services.tls, TlsRole::kAcceptor); !secure) {
      ++services.counters.rejected;
      spdlog::warn("event=tls_refused assoc={} peer={} explanation={}", id, socket->peer_address(),
                   secure.error().message);
      return;
    }
  }
  auto association = Association::receive(socket, services.max_pdu, services.request_timeout);
  if (!association) {
    spdlog::warn("event=no_association_request assoc={} peer={} reason=\"{}\" remedy=\"{}\"", id,
                 socket->peer_address(), association.error().message,
                 remedy_without_request(socket->ending()));
    return;
  }
  const auto request = association->request(*socket);
  const auto decision = decision_on(services, request);
  if (const auto* rejected = std::get_if<Rejection>(&decision)) {
    return reject(services, *association, *socket, id, *rejected);
  }
  const auto& admission = std::get<Admission>(decision);
  const auto place = services.places.take(admission.peer, admission.max_associations);
  if (std::holds_alternative<Places::Place>(place)) {
    socket->set_deadline({});
  } else if (needs_no_room(request.purpose)) {
    // "Is the node there?" is answered when everything else is full: monitoring must be able to
    // tell a busy node from a dead one. And not every archive reports a second time.
    socket->set_deadline(request.purpose == Purpose::kReports ? kBusyReports : kBusyVerification);
  } else {
    const auto* all_taken = std::get_if<Places::AllTaken>(&place);
    return reject(
        services, *association, *socket, id,
        {kLocalLimitExceeded, all_taken != nullptr
                                  ? remedy(admission, *all_taken)
                                  : remedy(admission, std::get<Places::CallerHasItsOwn>(place))});
  }
  serve(services, *association, *socket, id, request, admission);
}

}  // namespace

void run_association(AssociationServices& services, const std::shared_ptr<Socket>& socket,
                     std::uint64_t id, Security security) {
  try {
    run(services, socket, id, security);
  } catch (const std::exception& failure) {
    // Out of memory, in practice. The other associations go on; nothing was acknowledged here
    // that is not durable.
    spdlog::error("event=association_failed assoc={} reason=\"{}\"", id, failure.what());
  }
  // Also where no association came to be that would have closed it.
  socket->close();
}

}  // namespace hilum::scp
