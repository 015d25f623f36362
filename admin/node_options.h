#pragma once

#include <cstdint>
#include <vector>

#include "admin/wiring.h"
#include "config/config.h"
#include "pipeline/commitments.h"
#include "pipeline/retention.h"
#include "pipeline/scheduler.h"
#include "scp/dicom_server.h"

/// From configuration to the options of what a running node is made of.
namespace hilum::admin {

/// In bytes.
std::uint64_t gib(double number);
std::vector<VirtualNode> virtual_nodes(const config::Config& config);
scp::ServerOptions server_options(const config::Config& config, const SharedTls& tls,
                                  CommitmentSink& reports);
pipeline::RetentionPolicy retention_policy(const config::StorageConfig& config);
pipeline::Scheduler::Options scheduler_options(const config::Config& config);
pipeline::Commitments::Options commitments_options(const config::Config& config);

}  // namespace hilum::admin
