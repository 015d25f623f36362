// `hilum serve` with MarkerSegmenter as its model: the real node as a process that starts in
// milliseconds, for tests that kill it often or need no model.
//   marker_node serve --config FILE
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <string_view>

#include "admin/node.h"
#include "config/config.h"
#include "tests/support/marker_model.h"

int main(int argc, char** argv) {
  using namespace hilum;
  constexpr int kUsage = 64;
  if (argc != 4 || argv[1] != std::string_view("serve") ||
      argv[2] != std::string_view("--config")) {
    return kUsage;
  }
  const auto config = config::load_config(argv[3]);
  if (!config) {
    std::fputs(config.error().message.c_str(), stderr);
    return kUsage;
  }
  spdlog::set_level(spdlog::level::from_str(config->log.level));
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  auto node = admin::Node::start(*config, test::marker_model());
  if (!node) {
    std::fputs(node.error().message.c_str(), stderr);
    return 1;
  }
  int signal = 0;
  sigwait(&ends, &signal);
  (*node)->stop();
  return 0;
}
