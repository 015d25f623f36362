#include "admin/cli/commands.h"

#include <fmt/format.h>

#include <cstdio>

namespace hilum::admin {

int fail(const Error& error, int exit_code) {
  fmt::print(stderr, "hilum: {}\n", error.message);
  return exit_code;
}

void add_config_option(CLI::App& command, std::string& file) {
  file = kDefaultConfig;
  command.add_option("-c,--config", file, "Configuration file")
      ->envname("HILUM_CONFIG")
      ->capture_default_str();
}

}  // namespace hilum::admin
