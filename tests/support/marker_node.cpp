#include "tests/support/marker_node.h"

#include <fmt/format.h>

#include <csignal>
#include <stdexcept>
#include <utility>

namespace hilum::test {

using namespace std::chrono_literals;

MarkerNode::MarkerNode(const std::filesystem::path& storage, const std::string& storage_keys)
    : port_(free_port()) {
  write_file(config_file(), fmt::format(R"([node]
ae_title = "{}"
name = "node"
bind = "127.0.0.1"
port = {}
[storage]
directory = "{}"
{}
[[peer]]
name = "sender"
ae_title = "{}"
host = "127.0.0.1"
[results]
destinations = []
[series]
quiet_period_s = 1
[rules]
min_slices = 99999
max_slices = 100000
)",
                                        kAeTitle, port_, storage.string(), storage_keys, kSender));
}

void MarkerNode::start(std::vector<std::string> wrapper, const std::string& before) {
  std::vector<std::string> argv{HILUM_MARKER_NODE, "serve", "--config", config_file().string()};
  if (!wrapper.empty()) {
    wrapper.push_back(fmt::format("{} && exec {} serve --config {}", before, HILUM_MARKER_NODE,
                                  config_file().string()));
    argv = std::move(wrapper);
  }
  process_ = std::make_unique<Process>(std::move(argv));
  if (!wait_for_port(port_, 30s)) {
    throw std::runtime_error("the node does not listen: " + process_->output());
  }
}

void MarkerNode::kill() {
  process_->kill(SIGKILL);
  if (!process_->wait(10s)) throw std::runtime_error("the node survives SIGKILL");
}

std::vector<std::string> MarkerNode::storescu(const std::vector<std::string>& what) const {
  std::vector<std::string> argv{
      "storescu", "-v",     "--no-halt", "-aet",      kSender,
      "-aec",     kAeTitle, "+sd",       "127.0.0.1", fmt::to_string(port_)};
  argv.insert(argv.end(), what.begin(), what.end());
  return argv;
}

}  // namespace hilum::test
