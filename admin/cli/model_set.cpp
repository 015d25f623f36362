#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "admin/cli/commands.h"
#include "model/bundle.h"
#include "model/volume_ranges.h"

namespace hilum::admin {
namespace {

struct SetCommand {
  std::filesystem::path bundle;
  std::optional<double> threshold;
  std::optional<double> overlap;
  std::filesystem::path out;
};

/// Sets a number of the manifest; what it was goes into the provenance.
void set(model::Manifest& manifest, const char* name, double& number,
         const std::optional<double>& wanted) {
  if (!wanted || *wanted == number) return;
  manifest.provenance[name] = fmt::format("set to {}; was {}", *wanted, number);
  number = *wanted;
}

int change(const SetCommand& command) {
  if (!command.threshold && !command.overlap) {
    return fail({ErrorCode::kInvalidInput, "say what to set: --threshold, --overlap"}, kExitUsage);
  }
  const auto bundle = model::ModelBundle::open(command.bundle);
  if (!bundle) return fail(bundle.error());
  model::Manifest manifest = bundle->manifest();
  set(manifest, "threshold", manifest.threshold, command.threshold);
  set(manifest, "overlap", manifest.overlap, command.overlap);
  // They were found with the old threshold.
  if (manifest.threshold != bundle->manifest().threshold) model::forget_volume_ranges(manifest);
  const auto& file = command.out.empty() ? command.bundle : command.out;
  const auto sha256 = bundle->save_changed(file, manifest, {});
  if (!sha256) return fail(sha256.error());
  fmt::print("threshold {}, overlap {}\n{}: sha256 {}\n", manifest.threshold, manifest.overlap,
             file.string(), *sha256);
  return kExitOk;
}

}  // namespace

void add_model_set(CLI::App& model_command, int& exit_code) {
  auto* app = model_command.add_subcommand(
      "set", "Set how a bundle's output is read: what hilum model evaluate has shown to be best");
  auto command = std::make_shared<SetCommand>();
  app->add_option("BUNDLE", command->bundle, "A .safetensors bundle")->required();
  app->add_option("--threshold", command->threshold,
                  "Probability from which a voxel belongs to a class; lower finds more")
      ->check(CLI::Range(0.01, 0.99));
  app->add_option("--overlap", command->overlap,
                  "Of neighbouring windows, as a fraction; less is faster")
      ->check(CLI::Range(0.0, 0.9));
  app->add_option("-o,--out", command->out, "Bundle to write; without it BUNDLE is replaced");
  app->callback([command, &exit_code] { exit_code = change(*command); });
}

}  // namespace hilum::admin
