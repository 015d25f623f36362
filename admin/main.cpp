#include <CLI/CLI.hpp>

#include "admin/cli/commands.h"
#include "admin/version.h"
#include "scp/dcmtk_runtime.h"

int main(int argc, char** argv) {
  using namespace hilum::admin;
  CLI::App app{
      "Hilum: a DICOM node that segments pulmonary arteries and veins in chest CT.\n"
      "Research software, not for clinical use.\n\n"
      "Start with:  hilum check    then  hilum serve"};
  app.name("hilum");
  app.set_version_flag("--version", kVersionText);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  // DCMTK writes warnings to the terminal by itself, and they may quote attribute values.
  hilum::scp::silence_dcmtk_log();

  int exit_code = kExitOk;
  add_serve(app, exit_code);
  add_check(app, exit_code);
  add_segment(app, exit_code);
  add_jobs(app, exit_code);
  add_model(app, exit_code);
  add_preview(app, exit_code);
  add_phantom(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" with status 0.
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return exit_code;
}
