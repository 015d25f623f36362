#pragma once

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace hilum::test {

/// The files that `storescu -v` says were answered with success.
inline std::vector<std::filesystem::path> acknowledged(const std::string& storescu_output) {
  std::vector<std::filesystem::path> files;
  std::istringstream lines(storescu_output);
  std::string sending;
  const std::string kSending = "I: Sending file: ";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kSending)) sending = line.substr(kSending.size());
    if (line.find("Received Store Response (Success)") != std::string::npos) {
      files.emplace_back(sending);
    }
  }
  return files;
}

}  // namespace hilum::test
