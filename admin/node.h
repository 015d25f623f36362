#pragma once

#include <cstdint>
#include <memory>

#include "admin/models.h"
#include "config/config.h"
#include "pipeline/domain/ports.h"

namespace hilum::admin {

/// The running node: configuration in, every folder wired together, reception and scheduling going
/// until `stop`. The only place, with wiring.cpp, that knows all folders.
class Node {
 public:
  /// Takes up what the last run left (reconciles spool and database, queues interrupted jobs
  /// again), then listens. `models` come from outside so that tests can mark known voxels.
  /// Fails with kConflict when another node uses the same storage directory.
  static Result<std::unique_ptr<Node>> start(const config::Config& config, NodeModels models);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// The port it listens on without TLS, also when the configuration said 0; 0: none.
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] JobStore& store();

  /// Refuses new associations, records what was received, queues running jobs again. Idempotent.
  void stop();

 private:
  struct Parts;
  explicit Node(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hilum::admin
