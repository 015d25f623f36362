#include "admin/node_options.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

namespace hilum::admin {
namespace {

pipeline::RetryPolicy retry_policy(const config::ResultsConfig& config) {
  return {
      .first = config.retry_first, .longest = config.retry_max, .give_up_after = config.retry_for};
}

}  // namespace

std::uint64_t gib(double number) {
  constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
  return static_cast<std::uint64_t>(number * static_cast<double>(kGiB));
}

std::vector<VirtualNode> virtual_nodes(const config::Config& config) {
  std::vector<VirtualNode> nodes;
  std::ranges::transform(config.virtual_nodes, std::back_inserter(nodes),
                         &config::VirtualNodeConfig::node);
  return nodes;
}

scp::ServerOptions server_options(const config::Config& config, const SharedTls& tls,
                                  CommitmentSink& reports) {
  std::optional<scp::ServerOptions::TlsPort> tls_port;
  if (config.tls.port != 0) tls_port = {.port = config.tls.port, .context = tls};
  std::optional<std::uint16_t> port = config.node.port;
  // No configuration has neither; tests that have take any free port.
  if (port == 0 && tls_port) port.reset();
  std::vector<scp::VirtualTitle> virtual_titles;
  for (const auto& one : config.virtual_nodes) virtual_titles.push_back({one.ae_title, one.node});
  return {.bind_address = config.node.bind,
          .port = port,
          .tls = std::move(tls_port),
          .ae_title = config.node.ae_title,
          .virtual_titles = std::move(virtual_titles),
          .peers = config.peers,
          .called_ae = config.network.check_called_ae ? scp::CalledAeCheck::kRequired
                                                      : scp::CalledAeCheck::kOff,
          .peer_check =
              config.network.check_calling_ae ? scp::PeerCheck::kKnownOnly : scp::PeerCheck::kOff,
          .max_associations = config.network.max_associations,
          .max_unknown_associations = config.network.max_unknown_associations,
          .max_pdu = static_cast<std::uint32_t>(config.network.max_pdu),
          .request_timeout = config.network.association_timeout,
          .idle_timeout = config.network.idle_timeout,
          .of_use = is_of_use,
          .reports = &reports};
}

pipeline::RetentionPolicy retention_policy(const config::StorageConfig& config) {
  const auto age = [](int days) -> pipeline::RetentionPolicy::Age {
    if (days == config::StorageConfig::kForEver) return std::nullopt;
    return std::chrono::hours(24) * days;
  };
  return {.delivered = age(config.keep_delivered_days),
          .not_segmented = age(config.keep_not_segmented_days),
          .undelivered = age(config.keep_undelivered_days),
          .quarantined = age(config.keep_quarantine_days),
          .history = age(config.keep_history_days),
          .free_early = config.free_early};
}

pipeline::Scheduler::Options scheduler_options(const config::Config& config) {
  pipeline::Scheduler::Options options;
  options.node = config.node.name;
  options.job_workers = config.jobs.workers;
  options.max_attempts = config.jobs.max_attempts;
  options.lease = config.jobs.lease;
  options.retry = retry_policy(config.results);
  return options;
}

pipeline::Commitments::Options commitments_options(const config::Config& config) {
  pipeline::Commitments::Options options;
  options.report_deadline = config.commitment.report_deadline;
  options.attempts = config.commitment.attempts;
  options.retry = retry_policy(config.results);
  return options;
}

}  // namespace hilum::admin
