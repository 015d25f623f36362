#include "scp/store_scp.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <optional>
#include <utility>
#include <variant>

#include "scp/command_set.h"
#include "scp/commitment_scp.h"
#include "scp/dimse_status.h"
#include "scp/receive_instance.h"
#include "scp/remedies.h"

namespace hilum::scp {
namespace {

constexpr DIC_US kResponseBit = 0x8000;
constexpr DIC_US kCancelRequest = 0x0FFF;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>  // clang before 17 cannot do without
Overloaded(Ts...)->Overloaded<Ts...>;

}  // namespace

ServiceSummary StoreScp::serve() {
  for (Next next = Next::kGoOn; next == Next::kGoOn;) {
    auto incoming = receive_command(association_.get(), socket_, fragments_);
    next = incoming ? handle(*incoming) : broken(incoming.error());
  }
  return summary_;
}

StoreScp::Next StoreScp::handle(const Incoming& incoming) {
  T_ASC_Association* association = association_.get();
  return std::visit(
      Overloaded{
          [&](const EchoCommand& echo) {
            return answered(send_echo_response(association, incoming.context, echo));
          },
          [&](const StoreCommand& command) { return store(incoming, command); },
          [&](const EventReportCommand& command) { return take_report(incoming, command); },
          [&](const OtherCommand& command) { return refuse(incoming, command); },
          [&](const Response& response) { return pass_over(incoming, response); },
          [&](const ReleaseRequest&) {
            association_.confirm_release();
            summary_.end = "released";
            return Next::kEnd;
          },
          [&](const AbortedByPeer&) {
            summary_.end = "aborted by the peer";
            return Next::kEnd;
          },
          [&](const NothingCame&) { return nothing_came(); },
      },
      incoming.what);
}

StoreScp::Next StoreScp::nothing_came() {
  summary_.end = to_string(socket_.ending());
  if (socket_.ending() != Ending::kStopped) {
    spdlog::warn(
        "event=association_broken assoc={} connection=\"{}\" reason=\"nothing came, no release "
        "either\" remedy=\"{}\"",
        caller_.association, summary_.end, remedy_of_broken(socket_.ending()));
  }
  return abort();
}

StoreScp::Next StoreScp::answered(const Status& sent) {
  return sent ? Next::kGoOn : broken(sent.error());
}

StoreScp::Next StoreScp::broken(const Error& error) {
  spdlog::warn("event=association_broken assoc={} connection=\"{}\" reason=\"{}\" remedy=\"{}\"",
               caller_.association, to_string(socket_.ending()), error.message,
               remedy_of_broken(socket_.ending()));
  summary_.end = "broken";
  return abort();
}

StoreScp::Next StoreScp::abort() {
  // DCMTK waits for the peer to close and passes over what it sends meanwhile, for as long as it
  // sends.
  constexpr std::chrono::seconds kClosing{2};
  socket_.set_deadline(kClosing);
  association_.abort();
  return Next::kEnd;
}

StoreScp::Next StoreScp::store(const Incoming& incoming, const StoreCommand& command) {
  const auto begin = std::chrono::steady_clock::now();
  auto received =
      receive_instance({association_.get(), socket_, fragments_, spool_}, incoming.context, command,
                       {.calling_ae = caller_.calling_ae, .node = caller_.node});
  if (!received) return broken(received.error());
  std::optional<StoreFailure> failure;
  if (auto& stored = *received; stored) {
    const auto& instance = stored->instance;
    const bool is_new = stored->outcome == Spool::Outcome::kNew;
    ++(is_new ? summary_.stored : summary_.stored_again);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin);
    spdlog::debug("event=instance_stored assoc={} sop={} series={} bytes={} new={} ms={}",
                  caller_.association, instance.sop.str(), instance.series.series.str(),
                  instance.size_bytes, is_new, took.count());
    sink_.instance_stored(std::move(stored->instance), caller_.association);
  } else {
    ++summary_.failed;
    failure = store_failure(stored.error().code);
    log_failure(command, stored.error(), failure->status);
  }
  return answered(send_store_response(association_.get(), incoming.context, command, failure));
}

void StoreScp::log_failure(const StoreCommand& command, const Error& error, DimseStatus status) {
  // A sender may offer thousands of instances to a full disk; the closing line counts them.
  const bool repeated = error.code == ErrorCode::kNoSpace && told_no_space_;
  told_no_space_ = told_no_space_ || error.code == ErrorCode::kNoSpace;
  spdlog::log(repeated ? spdlog::level::debug : spdlog::level::err,
              "event=store_failed assoc={} sop={} status={:04X} reason=\"{}\" remedy=\"{}\"",
              caller_.association, printable(without_padding(command.sop)), status, error.message,
              remedy_of_failed_store(error.code));
}

StoreScp::Next StoreScp::pass_over(const Incoming& incoming, const Response& response) {
  spdlog::warn("event=response_passed_over assoc={} command={:04X}", caller_.association,
               response.command_field);
  if (!response.has_data_set) return Next::kGoOn;
  auto dropped = receive_data_set(socket_, fragments_, incoming.context,
                                  [](std::span<const std::byte>) { return ok(); });
  return dropped ? Next::kGoOn : broken(dropped.error());
}

StoreScp::Next StoreScp::take_report(const Incoming& incoming, const EventReportCommand& command) {
  T_ASC_Association* association = association_.get();
  if (reports_ == nullptr || !is_commitment_context(association, incoming.context)) {
    return refuse(incoming, {.command_field = DIMSE_N_EVENT_REPORT_RQ,
                             .message_id = command.message_id,
                             .has_data_set = command.has_data_set,
                             .sop_class = std::string(without_padding(command.sop_class))});
  }
  const auto name = fmt::format("assoc={}", caller_.association);
  return answered(answer_report({association, socket_, fragments_, name}, incoming.context, command,
                                *reports_));
}

StoreScp::Next StoreScp::refuse(const Incoming& incoming, const OtherCommand& command) {
  T_ASC_Association* association = association_.get();
  const bool is_store = command.command_field == DIMSE_C_STORE_RQ;
  spdlog::warn("event=command_refused assoc={} command={:04X} sop_class={} remedy=\"{}\"",
               caller_.association, command.command_field, printable(command.sop_class),
               remedy_of_refused_command(is_store));
  if (command.has_data_set) {
    auto dropped = receive_data_set(socket_, fragments_, incoming.context,
                                    [](std::span<const std::byte>) { return ok(); });
    if (!dropped) return broken(dropped.error());
  }
  // A response and a C-CANCEL request are not answered (PS3.7 9.3.2.3).
  if ((command.command_field & kResponseBit) != 0 || command.command_field == kCancelRequest) {
    return Next::kGoOn;
  }
  const DimseStatus status =
      is_store ? store_failure(ErrorCode::kInvalidInput).status : kUnrecognizedOperation;
  return answered(send_plain_response(association, incoming.context, command, status));
}

}  // namespace hilum::scp
