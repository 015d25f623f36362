#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace hilum::test {

/// A PACS (storescp) that writes down what it is sent, and by whom.
struct StorePeer {
  /// `options` of storescp beside those for that.
  explicit StorePeer(const std::filesystem::path& dir, std::vector<std::string> options = {})
      : directory(dir),
        port(free_port()),
        process(
            (std::filesystem::create_directories(dir), command(dir, std::move(options), port))) {
    REQUIRE(wait_for_port(port));
  }
  [[nodiscard]] std::vector<std::filesystem::path> received() const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      files.push_back(entry.path());
    }
    return files;
  }
  [[nodiscard]] std::size_t files() const { return received().size(); }
  [[nodiscard]] bool was_called_by(const std::string& ae_title) const {
    const std::string output = process.output();
    const auto at = output.rfind("Calling Application Name:");
    return at != std::string::npos &&
           output.substr(at, output.find('\n', at) - at).ends_with(" " + ae_title);
  }

  std::filesystem::path directory;
  std::uint16_t port;
  Process process;

 private:
  static std::vector<std::string> command(const std::filesystem::path& dir,
                                          std::vector<std::string> options, std::uint16_t port) {
    std::vector<std::string> argv{"storescp", "-d", "-od", dir.string()};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.push_back(fmt::to_string(port));
    return argv;
  }
};

}  // namespace hilum::test
