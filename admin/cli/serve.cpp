#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include "admin/cli/commands.h"
#include "admin/models.h"
#include "admin/node.h"
#include "admin/wiring.h"

namespace hilum::admin {
namespace {

/// Blocks until SIGTERM or SIGINT.
void wait_for_signal(boost::asio::io_context& io) { io.run_one(); }

int serve(const std::string& config_file) {
  auto config = config::load_config(config_file);
  if (!config) return fail(config.error(), kExitConfig);
  spdlog::set_level(spdlog::level::from_str(config->log.level));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z level=%l %v");

  // Before anything starts a thread, so that the signals reach the handler and nobody else.
  boost::asio::io_context io;
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([](const boost::system::error_code&, int number) {
    spdlog::info("event=stopping signal={}", number);
  });
  // A peer that closes its end while we write is an error code, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);

  auto models = load_models(*config, StorageLayout(config->storage.directory).models);
  if (!models) return fail(std::move(models).error().in("load the model"), kExitConfig);
  auto node = Node::start(*config, *std::move(models));
  if (!node) return fail(std::move(node).error().in("start"), kExitFailed);
  sd_notify(0, "READY=1");

  wait_for_signal(io);
  sd_notify(0, "STOPPING=1");
  (*node)->stop();
  spdlog::info("event=stopped");
  return kExitOk;
}

}  // namespace

void add_serve(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "serve", "Run the node: receive CT, segment it, send the result to the PACS");
  auto file = std::make_shared<std::string>();
  add_config_option(*command, *file);
  command->callback([file, &exit_code] { exit_code = serve(*file); });
}

}  // namespace hilum::admin
