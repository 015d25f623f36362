#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hilum::test {

/// A Python that has PyTorch (Debian: python3-torch), or nothing. Tried once.
inline const std::optional<std::string>& python_with_torch() {
  static const auto found = []() -> std::optional<std::string> {
    for (const char* python : {"/usr/bin/python3", "python3"}) {
      const bool there = std::string_view(python).starts_with('/') ? std::filesystem::exists(python)
                                                                   : tool_available(python);
      if (!there) continue;
      Process probe({python, "-c", "import torch"});
      if (probe.wait(std::chrono::seconds(60)) == 0) return python;
    }
    return std::nullopt;
  }();
  return found;
}

/// Runs `script` in `dir`; false, with a message, where no Python has PyTorch. A script that fails
/// fails the test.
inline bool run_with_torch(const TempDir& dir, const std::string& script) {
  if (!python_with_torch()) {
    MESSAGE("skipped: no python3 with PyTorch; apt-get install python3-torch");
    return false;
  }
  write_file(dir / "script.py", "import os\nos.chdir('" + dir.path().string() + "')\n" + script);
  Process python({*python_with_torch(), (dir / "script.py").string()});
  REQUIRE_MESSAGE(python.wait(std::chrono::seconds(120)) == 0, python.output());
  return true;
}

}  // namespace hilum::test
