#include "model/phantom/phantom.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "admin/cli/commands.h"
#include "dicomseg/ct_writer.h"

namespace hilum::admin {
namespace {

namespace fs = std::filesystem;

struct PhantomCommand {
  hilum::phantom::PhantomOptions options;
  fs::path out;
};

int write_phantom(const PhantomCommand& command) {
  std::error_code error;
  fs::create_directories(command.out, error);
  if (error) {
    return fail({ErrorCode::kInvalidInput,
                 fmt::format("cannot create {}: {}", command.out.string(), error.message())});
  }
  const auto patient = hilum::phantom::make_phantom(command.options);
  dicomseg::CtSeriesOptions series;
  series.seed = fmt::format("hilum phantom {}", command.options.seed);
  auto files = dicomseg::write_ct_series(patient.ct, series, command.out);
  if (!files) return fail(files.error());
  fmt::print("synthetic chest CT, seed {}: {} slices in {}\n", command.options.seed, files->size(),
             command.out.string());
  return kExitOk;
}

}  // namespace

void add_phantom(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "phantom", "Write a synthetic chest CT as a DICOM series, to try things out");
  auto options = std::make_shared<PhantomCommand>();
  command->add_option("--seed", options->options.seed, "Which patient; the same seed, the same one")
      ->capture_default_str();
  command->add_option("-o,--out", options->out, "Folder to write to")->required();
  command->callback([options, &exit_code] { exit_code = write_phantom(*options); });
}

}  // namespace hilum::admin
