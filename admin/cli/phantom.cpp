#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "admin/cli/commands.h"
#include "admin/cli/phantom_options.h"
#include "admin/system_clock.h"
#include "admin/version.h"
#include "dicomseg/ct_reader.h"
#include "dicomseg/ct_writer.h"
#include "dicomseg/seg_writer.h"
#include "model/nifti/nifti.h"
#include "model/phantom/variation.h"
#include "model/standard_classes.h"
#include "pipeline/domain/durable_file.h"
#include "pipeline/domain/sha256.h"
#include "pipeline/result_identity.h"

namespace hilum::admin {
namespace {

namespace fs = std::filesystem;

/// The truth as a DICOM SEG of the series just written, so that any viewer shows it.
Status write_truth(const PhantomCommand& command, const phantom::Phantom& patient,
                   const std::vector<fs::path>& ct_files) {
  auto source = dicomseg::CtReader{}.read(ct_files, {});
  if (!source) return std::move(source).error();
  // DICOM's decimal strings round the grid.
  const Geometry& grid = source->volume.geometry;
  auto same = model::check_same_grid(grid, patient.truth.geometry, "written series and truth");
  if (!same) return std::move(same).error();
  const LabelMap truth{grid, patient.truth.label};
  const std::string seed = "hilum phantom truth " + identity_of(command);
  const ModelInfo author{.name = "Hilum synthetic truth",
                         .version = kVersion,
                         .sha256 = Sha256::hex(Sha256::of(seed)),
                         .trained = true,
                         .segments = model::standard_segments(),
                         .device = ""};
  const dicomseg::SegOptions options{.series_description = "Synthetic truth",
                                     .equipment = {.software_version = kVersion}};
  const ResultIdentity identity =
      pipeline::result_identity(seed, author.sha256, dicomseg::settings_of(options));
  auto written = dicomseg::write_segmentations({.source = *source,
                                                .labels = truth,
                                                .model = author,
                                                .findings = {},
                                                .identity = identity,
                                                .created_at = current_time()},
                                               ViewerProfile{}, options,
                                               fs::absolute(command.truth).parent_path());
  if (!written) return std::move(written).error();
  std::error_code error;
  fs::rename(written->objects.front().file, command.truth, error);
  if (!error) return ok();
  return Error{ErrorCode::kInvalidInput,
               fmt::format("cannot write {}: {}", command.truth.string(), error.message())};
}

Status write_dicom(const PhantomCommand& command, const phantom::PhantomOptions& options,
                   const phantom::Phantom& patient) {
  dicomseg::CtSeriesOptions series;
  series.seed = "hilum phantom " + identity_of(command);
  if (options.view.circle_mm && options.view.padding_hu < dicomseg::kPaddingHu) {
    series.format.padding_value = static_cast<std::uint16_t>(options.view.padding_hu);
  }
  auto files = dicomseg::write_ct_series(patient.ct, series, command.out);
  if (!files) return std::move(files).error();
  fmt::print("{} slices in {}\n", files->size(), command.out.string());
  if (command.truth.empty()) return ok();
  auto truth = write_truth(command, patient, *files);
  if (!truth) return std::move(truth).error();
  fmt::print("its arteries and veins as DICOM SEG: {}\n", command.truth.string());
  return ok();
}

/// The pair and the list that `hilum model train` reads.
Status write_pair(const PhantomCommand& command, const phantom::Phantom& patient) {
  constexpr std::string_view kKind = "synthetic";
  constexpr std::string_view kList =
      "ct,labels,labelled,split,kind\nct.nii.gz,labels.nii.gz,all,train,synthetic\n";
  const fs::path ct = command.out / "ct.nii.gz";
  const fs::path labels = command.out / "labels.nii.gz";
  const fs::path list = command.out / "list.csv";
  if (auto written = model::write_nifti(ct, patient.ct, kKind); !written) return written;
  if (auto written = model::write_nifti(labels, patient.truth, kKind); !written) return written;
  const std::array pieces{std::as_bytes(std::span(kList))};
  if (auto written = replace_file(list, pieces); !written) return written;
  fmt::print("{}\n{}\n{}, for hilum model train --data\n", ct.string(), labels.string(),
             list.string());
  return ok();
}

Status write_phantom(const PhantomCommand& command) {
  auto options = phantom_options(command);
  if (!options) return std::move(options).error();
  std::error_code error;
  fs::create_directories(command.out, error);
  if (error) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("cannot create {}: {}", command.out.string(), error.message())};
  }
  const auto patient = phantom::make_phantom(*options);
  fmt::print("synthetic chest CT, seed {}: {}\n", command.seed, phantom::describe(*options));
  return command.nifti ? write_pair(command, patient) : write_dicom(command, *options, patient);
}

}  // namespace

void add_phantom(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "phantom", "Write a synthetic chest CT, and its arteries and veins, to try things out");
  auto options = std::make_shared<PhantomCommand>();
  add_phantom_options(*command, *options);
  command->callback([options, &exit_code] {
    auto done = write_phantom(*options);
    exit_code = done ? kExitOk : fail(done.error());
  });
}

}  // namespace hilum::admin
