#include <fmt/format.h>

#include <memory>
#include <string>

#include "admin/cli/commands.h"
#include "admin/cli/table.h"
#include "model/volume_ranges.h"

namespace hilum::admin {
namespace {

int set_ranges(const model::VolumeRangesRequest& request) {
  const auto ranges = model::set_volume_ranges(request);
  if (!ranges) return fail(ranges.error());
  Table table({"SEGMENT", "LEAST mL", "MOST mL"});
  for (const model::ModelClass& one : ranges->classes) {
    table.add({one.segment.label, fmt::format("{:.1f}", one.volume_ml->least),
               fmt::format("{:.1f}", one.volume_ml->most)});
  }
  fmt::print("{}\nfrom {} cases\n{}: sha256 {}\n", table.str(terminal_width()), ranges->cases,
             ranges->file.string(), ranges->sha256);
  return kExitOk;
}

}  // namespace

void add_model_ranges(CLI::App& model_command, int& exit_code) {
  auto* app = model_command.add_subcommand(
      "ranges", "Store how large the model's segments are, so that implausible ones are noticed");
  auto request = std::make_shared<model::VolumeRangesRequest>();
  app->add_option("BUNDLE", request->bundle, "A .safetensors bundle")->required();
  app->add_option("REPORT", request->report, "From: hilum model evaluate BUNDLE --json REPORT")
      ->required();
  app->add_option("--margin", request->margin,
                  "The range goes from the smallest volume found divided by this to the largest "
                  "times this")
      ->capture_default_str();
  app->add_option("-o,--out", request->out, "Bundle to write; without it BUNDLE is replaced");
  app->footer(
      "Example:\n"
      "  hilum model evaluate site.safetensors --data list.csv --json report.json\n"
      "  hilum model ranges site.safetensors report.json");
  app->callback([request, &exit_code] { exit_code = set_ranges(*request); });
}

}  // namespace hilum::admin
