#include <CLI/CLI.hpp>

#include "admin/cli/commands.h"
#include "admin/version.h"

int main(int argc, char** argv) {
  using namespace hilum::admin;
  CLI::App app{
      "Hilum: a DICOM node that segments pulmonary arteries and veins in chest CT.\n"
      "Research software, not for clinical use."};
  app.name("hilum");
  app.set_version_flag("--version", kVersionText);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  int exit_code = kExitOk;
  add_commands(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" with status 0.
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return exit_code;
}
