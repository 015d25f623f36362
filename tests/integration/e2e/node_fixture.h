#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "admin/node.h"
#include "tests/support/marker_model.h"
#include "tests/support/temp_dir.h"

namespace hilum::test {

/// The whole node in this process, on a free loopback port, with MarkerSegmenter as its model, one
/// sender (AE title SENDER) and one PACS that it delivers to. Throws when it does not start.
class NodeFixture {
 public:
  static constexpr const char* kAeTitle = "HILUM";
  static constexpr const char* kSender = "SENDER";
  /// How the PACS is asked about what it sent.
  struct Completeness {
    QueryMode query = QueryMode::kOff;
    std::chrono::seconds wait{600};
    config::IfIncomplete incomplete = config::IfIncomplete::kRefuse;
  };

  NodeFixture(const std::string& pacs_ae_title, std::uint16_t pacs_port, std::uint16_t port = 0);
  NodeFixture(const std::string& pacs_ae_title, std::uint16_t pacs_port, std::uint16_t port,
              const Completeness& completeness);
  using Change = std::function<void(config::Config&)>;
  /// `change`: what else is configured.
  NodeFixture(const std::string& pacs_ae_title, std::uint16_t pacs_port, std::uint16_t port,
              Change change);
  [[nodiscard]] std::uint16_t port() const { return node_->port(); }
  [[nodiscard]] JobStore& store() { return node_->store(); }
  /// The first object that a job resulted in.
  [[nodiscard]] ResultObject object_of(const Job& job) {
    return store().results_of(job.id)->at(0).objects.at(0);
  }
  [[nodiscard]] std::filesystem::path storage() const { return dir_ / "storage"; }

  void stop() { node_.reset(); }
  /// With what was stored before.
  void start() { start(change_); }
  void start(const Change& change);

 private:
  TempDir dir_;
  config::Config config_;
  Change change_;
  std::unique_ptr<admin::Node> node_;
};

}  // namespace hilum::test
