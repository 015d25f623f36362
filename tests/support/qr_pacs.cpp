#include "tests/support/qr_pacs.h"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

namespace hilum::test {

QrPacs::QrPacs(const std::string& node_ae_title, std::uint16_t node_port) : port_(free_port()) {
  std::filesystem::create_directories(storage());
  write_file(dir_ / "dcmqrscp.cfg",
             fmt::format("NetworkTCPPort = {}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
                         "HostTable BEGIN\nnode = ({}, 127.0.0.1, {})\nHostTable END\n"
                         "VendorTable BEGIN\nVendorTable END\n"
                         "AETable BEGIN\n{} {} RW (100, 1024mb) ANY\nAETable END\n",
                         port_, node_ae_title, node_port, kAeTitle, storage().string()));
  process_ = std::make_unique<Process>(
      std::vector<std::string>{"dcmqrscp", "-c", (dir_ / "dcmqrscp.cfg").string()});
  if (!wait_for_port(port_)) {
    throw std::runtime_error("dcmqrscp does not come up: " + process_->output());
  }
}

}  // namespace hilum::test
