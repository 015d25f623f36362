#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace hilum::test {

/// A child process, for example one of DCMTK's tools as a peer. Its standard output and error go
/// to a file; standard input is empty. The destructor kills and reaps it, so no test leaves one
/// behind. Throws when it cannot be started.
class Process {
 public:
  /// argv[0] is looked up in PATH. `environment` entries ("NAME=value") are added to ours.
  explicit Process(std::vector<std::string> argv, std::vector<std::string> environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// The exit status (128 + signal when killed), or nothing when it still runs after `timeout`.
  std::optional<int> wait(std::chrono::milliseconds timeout = std::chrono::seconds(30));
  void kill(int signal);
  /// What it has printed so far.
  [[nodiscard]] std::string output() const;

 private:
  TempDir dir_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

/// Whether a program is in PATH.
bool tool_available(const std::string& name);
/// A loopback TCP port that is free now.
std::uint16_t free_port();
/// Whether somebody listens on the loopback port, tried until `timeout`.
bool wait_for_port(std::uint16_t port,
                   std::chrono::milliseconds timeout = std::chrono::seconds(10));

}  // namespace hilum::test
