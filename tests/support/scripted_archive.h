#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/process.h"

namespace hilum::test {

/// An archive that stores everything, forgets it, and does what it is told with requests for
/// storage commitment (scripted_archive_main.cpp). Throws when it does not come up.
class ScriptedArchive {
 public:
  static constexpr const char* kAeTitle = "ARCHIVE";

  /// "never", "same", "before", "twice" or "unknown", and what else it takes.
  explicit ScriptedArchive(const std::string& report, std::vector<std::string> more = {})
      : port_(free_port()), process_(argv(report, std::move(more), port_)) {
    if (!wait_for_port(port_)) throw std::runtime_error("the archive does not listen");
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// What happened, a line each, that begins with these words.
  [[nodiscard]] std::vector<std::string> lines_with(const std::string& words) const {
    std::vector<std::string> lines;
    std::istringstream all(process_.output());
    for (std::string line; std::getline(all, line);) {
      if (line.starts_with(words)) lines.push_back(line.substr(words.size()));
    }
    return lines;
  }

 private:
  static std::vector<std::string> argv(const std::string& report, std::vector<std::string> more,
                                       std::uint16_t port) {
    std::vector<std::string> words{HILUM_SCRIPTED_ARCHIVE, fmt::to_string(port), report};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  std::uint16_t port_;
  Process process_;
};

}  // namespace hilum::test
