#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace hilum::test {

/// DCMTK's dcmqrscp as a throw-away PACS on loopback, which stores, answers C-FIND and C-GET, and
/// moves to one node. Throws when it does not come up. Stopped by the destructor.
class QrPacs {
 public:
  static constexpr const char* kAeTitle = "QRPACS";

  QrPacs(const std::string& node_ae_title, std::uint16_t node_port);

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Where it keeps its files, which it names MODALITY_hash.
  [[nodiscard]] std::filesystem::path storage() const { return dir_ / "storage"; }
  Process& process() { return *process_; }

 private:
  TempDir dir_;
  std::uint16_t port_;
  std::unique_ptr<Process> process_;
};

}  // namespace hilum::test
