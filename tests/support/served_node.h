#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "pipeline/domain/ports.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hilum::test {

/// The real program, `hilum serve`, as a process of its own that can be killed and started again on
/// the same storage. Its model is a small untrained one.
class ServedNode {
 public:
  static constexpr const char* kAeTitle = "HILUM";
  static constexpr const char* kSender = "SENDER";

  /// Windows are as large as the product's, so a job takes seconds even when it is narrow.
  struct Model {
    int width = 4;
    double overlap = 0.5;
  };
  /// `pacs_options`: further lines for the PACS's [[peer]].
  ServedNode(const std::string& pacs_ae_title, std::uint16_t pacs_port,
             const Model& model = {.width = 4, .overlap = 0.5},
             const std::string& pacs_options = "");

  /// Starts it and waits until it listens.
  void start();
  /// kill -9, and waits until it is gone.
  void kill();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::filesystem::path storage() const { return dir_ / "storage"; }
  /// Standard output of `hilum jobs list --json`.
  [[nodiscard]] std::string jobs_json() const;
  /// What the running process has logged so far.
  [[nodiscard]] std::string log() const { return process_ ? process_->output() : ""; }
  /// Whether `condition` holds for the node's job database within `timeout`. The file is opened
  /// anew for every look, which takes a millisecond where the program takes a second to start, and
  /// no connection of ours is left when the node is killed: the next start has to recover by
  /// itself.
  [[nodiscard]] bool wait_for(const std::function<bool(JobStore&)>& condition,
                              std::chrono::milliseconds timeout) const;
  /// Whether there is a job for which `condition` holds, within `timeout`.
  [[nodiscard]] bool wait_for_job(const std::function<bool(const Job&)>& condition,
                                  std::chrono::milliseconds timeout) const;

 private:
  TempDir dir_;
  std::uint16_t port_;
  std::unique_ptr<Process> process_;
};

}  // namespace hilum::test
