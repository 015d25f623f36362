#include "admin/cli/commands.h"

/// The program without the node, for machines that train: no DCMTK, no SQLite.
namespace hilum::admin {

void add_commands(CLI::App& app, int& exit_code) {
  app.footer("This build has no node, only what makes and tries models.");
  add_model(app, exit_code);
}

}  // namespace hilum::admin
