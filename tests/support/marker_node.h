#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hilum::test {

/// The node as a process of its own, without a real model, that starts in milliseconds. Nothing is
/// segmented and there are no destinations: for tests of reception.
class MarkerNode {
 public:
  static constexpr const char* kAeTitle = "HILUM";
  static constexpr const char* kSender = "SENDER";

  /// `storage_keys` are lines of the section [storage].
  explicit MarkerNode(const std::filesystem::path& storage, const std::string& storage_keys = "");

  /// Starts it, through `wrapper` when there is one, whose last argument the shell command becomes,
  /// and waits until it listens.
  void start(std::vector<std::string> wrapper = {}, const std::string& before = "");
  /// kill -9, and waits until it is gone.
  void kill();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return process_->pid(); }
  [[nodiscard]] std::string log() const { return process_ ? process_->output() : ""; }
  [[nodiscard]] std::filesystem::path config_file() const { return dir_ / "hilum.toml"; }
  /// argv of storescu for these files or directories.
  [[nodiscard]] std::vector<std::string> storescu(const std::vector<std::string>& what) const;

 private:
  TempDir dir_;
  std::uint16_t port_;
  std::unique_ptr<Process> process_;
};

}  // namespace hilum::test
