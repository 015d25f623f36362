#include "admin/cli/commands.h"
#include "scp/dcmtk_runtime.h"

namespace hilum::admin {

void add_commands(CLI::App& app, int& exit_code) {
  // DCMTK writes warnings to the terminal by itself, and they may quote attribute values.
  scp::silence_dcmtk_log();

  app.footer("Start with:  hilum check    then  hilum serve");
  add_serve(app, exit_code);
  add_check(app, exit_code);
  add_segment(app, exit_code);
  add_jobs(app, exit_code);
  add_quarantine(app, exit_code);
  add_verify(app, exit_code);
  add_model(app, exit_code);
  add_preview(app, exit_code);
  add_convert(app, exit_code);
  add_phantom(app, exit_code);
}

}  // namespace hilum::admin
