#include "model/phantom/phantom.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "admin/cli/commands.h"
#include "admin/system_clock.h"
#include "admin/version.h"
#include "dicomseg/ct_reader.h"
#include "dicomseg/ct_writer.h"
#include "dicomseg/seg_encoder.h"
#include "model/standard_classes.h"
#include "pipeline/domain/sha256.h"
#include "pipeline/result_identity.h"

namespace hilum::admin {
namespace {

namespace fs = std::filesystem;

struct PhantomCommand {
  phantom::PhantomOptions options;
  fs::path out;
  fs::path truth;
};

/// The truth as a DICOM SEG of the series just written, so that any viewer shows it.
Result<EncodedSeg> write_truth(const PhantomCommand& command, const phantom::Phantom& patient,
                               const std::vector<fs::path>& ct_files) {
  auto source = dicomseg::CtReader{}.read(ct_files, {});
  if (!source) return std::move(source).error();
  const std::string seed = fmt::format("hilum phantom truth {}", command.options.seed);
  const ModelInfo author{.name = "Hilum synthetic truth",
                         .version = kVersion,
                         .sha256 = Sha256::hex(Sha256::of(seed)),
                         .trained = true,
                         .segments = model::standard_segments(),
                         .device = ""};
  dicomseg::DcmSegEncoder encoder({.series_description = "Synthetic truth"});
  return encoder.encode({.source = *source,
                         .labels = patient.truth,
                         .model = author,
                         .uids = pipeline::result_uids(seed, author.sha256, encoder.settings()),
                         .created_at = current_time()},
                        command.truth);
}

int write_phantom(const PhantomCommand& command) {
  std::error_code error;
  fs::create_directories(command.out, error);
  if (error) {
    return fail({ErrorCode::kInvalidInput,
                 fmt::format("cannot create {}: {}", command.out.string(), error.message())});
  }
  const auto patient = phantom::make_phantom(command.options);
  dicomseg::CtSeriesOptions series;
  series.seed = fmt::format("hilum phantom {}", command.options.seed);
  auto files = dicomseg::write_ct_series(patient.ct, series, command.out);
  if (!files) return fail(files.error());
  fmt::print("synthetic chest CT, seed {}: {} slices in {}\n", command.options.seed, files->size(),
             command.out.string());
  if (command.truth.empty()) return kExitOk;
  auto truth = write_truth(command, patient, *files);
  if (!truth) return fail(truth.error());
  fmt::print("its arteries and veins as DICOM SEG: {}\n", command.truth.string());
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
  command->add_option("--truth", options->truth,
                      "Also write its arteries and veins as a DICOM SEG to this file");
  command->callback([options, &exit_code] { exit_code = write_phantom(*options); });
}

}  // namespace hilum::admin
