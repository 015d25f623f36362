#include "admin/cli/phantom_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <map>

#include "model/phantom/variation.h"

namespace hilum::admin {
namespace {

using phantom::PhantomOptions;
using phantom::Phase;

const std::map<std::string, Phase>& phases() {
  static const std::map<std::string, Phase> names{{"non-contrast", Phase::kNonContrast},
                                                  {"pulmonary-artery", Phase::kPulmonaryArtery},
                                                  {"mixed", Phase::kMixed},
                                                  {"venous", Phase::kVenous},
                                                  {"aortic", Phase::kAortic}};
  return names;
}

/// The usual window of 300 x 300 x 360 mm in voxels of this size.
std::array<int, 3> usual_size(double spacing_mm, double slice_spacing_mm) {
  const PhantomOptions usual;
  const auto voxels = [&](int axis, double mm) {
    return static_cast<int>(std::lround(usual.size[axis] * usual.spacing_mm / mm));
  };
  return {voxels(0, slice_spacing_mm), voxels(1, spacing_mm), voxels(2, spacing_mm)};
}

Status check_size(const PhantomOptions& options) {
  constexpr double kMostVoxels = 300e6;  // about 12 GiB of memory
  const double spacing = options.spacing_mm;
  const double between = options.view.slice_spacing_mm.value_or(spacing);
  if (between < spacing) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("--slice-spacing {} mm is less than the pixels' {} mm: choose a "
                             "smaller --spacing",
                             between, spacing)};
  }
  // Slices further apart than pixels are rendered between, too.
  const double voxels =
      1.0 * options.size[0] * options.size[1] * options.size[2] * between / spacing;
  if (voxels > kMostVoxels) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{:.0f} million voxels are more than the {:.0f} million that fit in "
                             "memory: choose a larger --spacing or a smaller --size",
                             voxels / 1e6, kMostVoxels / 1e6)};
  }
  return ok();
}

}  // namespace

void add_phantom_options(CLI::App& app, PhantomCommand& command) {
  app.add_option("--seed", command.seed, "Which patient; the same seed, the same one")
      ->check([](const std::string& text) {
        return std::string(text.starts_with('-') ? "a seed is 0 or more" : "");
      })
      ->capture_default_str();
  app.add_option("-o,--out", command.out, "Folder to write to")->required();
  auto* truth = app.add_option("--truth", command.truth,
                               "Also write its arteries and veins as a DICOM SEG to this file");
  auto* nifti = app.add_flag("--nifti", command.nifti,
                             "Write ct.nii.gz, labels.nii.gz and a list.csv that `hilum model "
                             "train --data` reads, instead of a DICOM series");
  nifti->excludes(truth);
  app.add_flag("--dicom")
      ->description("Write a DICOM series, one file per slice; the default")
      ->excludes(nifti);

  constexpr auto kScan = "How the patient is scanned";
  auto* spacing = app.add_option("--spacing", command.spacing_mm, "Edge of a voxel in mm [1.5]")
                      ->check(CLI::Range(0.3, 20.0))
                      ->group(kScan);
  auto* slices = app.add_option("--slice-spacing", command.slice_spacing_mm,
                                "Distance of slices in mm [that of pixels]")
                     ->check(CLI::Range(0.3, 30.0))
                     ->group(kScan);
  auto* size = app.add_option("--size", command.size,
                              "SLICES ROWS COLUMNS, round the middle of the chest [what fills 300 "
                              "x 300 x 360 mm]")
                   ->check(CLI::Range(4, 2000))
                   ->group(kScan);
  std::vector<std::string> names;
  for (const auto& [name, phase] : phases()) names.push_back(name);
  app.add_option("--phase", command.phase, "Contrast medium [drawn from the seed]")
      ->check(CLI::IsMember(names))
      ->group(kScan);
  app.add_flag("--healthy", command.healthy, "No nodules, effusion, emboli or other disease")
      ->group(kScan);

  constexpr auto kDrawn = "Draw the rest from the seed";
  auto* training = app.add_flag("--training", command.training,
                                "As volumes for training: arms, table, rotation, missing lobes, "
                                "random densities, bad scans, cut fields of view and more")
                       ->group(kDrawn);
  auto* shifted = app.add_flag("--shifted", command.shifted,
                               "Outside what --training draws, to test a model with")
                      ->group(kDrawn);
  training->excludes(shifted);
  for (CLI::Option* drawn : {training, shifted}) {
    for (CLI::Option* given : {spacing, slices, size}) drawn->excludes(given);
  }
  app.footer(
      "Nobody's data: everything is made from the seed. Scores on such volumes say nothing about\n"
      "real CT.\n\nExamples:\n"
      "  hilum phantom --seed 7 --out ct --truth truth.dcm\n"
      "  hilum phantom --seed 7 --out pair --nifti --phase pulmonary-artery --spacing 1\n"
      "  hilum phantom --seed 7 --out thick --slice-spacing 5 --healthy");
}

Result<PhantomOptions> phantom_options(const PhantomCommand& command) {
  PhantomOptions options;
  if (command.training) options = phantom::training_options(command.seed);
  if (command.shifted) options = phantom::shifted_options(command.seed);
  options.seed = command.seed;
  if (!command.training && !command.shifted) {
    options.spacing_mm = command.spacing_mm.value_or(options.spacing_mm);
    options.view.slice_spacing_mm = command.slice_spacing_mm;
    options.size =
        command.size[0] > 0
            ? command.size
            : usual_size(options.spacing_mm, command.slice_spacing_mm.value_or(options.spacing_mm));
  }
  if (!command.phase.empty()) options.phase = phases().at(command.phase);
  if (command.healthy) options.disease = PhantomOptions::Disease::kNone;
  if (auto fits = check_size(options); !fits) return std::move(fits).error();
  return options;
}

std::string identity_of(const PhantomCommand& command) {
  std::string identity = fmt::format("{}", command.seed);
  if (command.training) identity += " training";
  if (command.shifted) identity += " shifted";
  if (command.healthy) identity += " healthy";
  if (!command.phase.empty()) identity += " " + command.phase;
  if (command.spacing_mm) identity += fmt::format(" spacing {}", *command.spacing_mm);
  if (command.slice_spacing_mm) identity += fmt::format(" slices {}", *command.slice_spacing_mm);
  if (command.size[0] > 0) identity += fmt::format(" size {}", fmt::join(command.size, "x"));
  return identity;
}

}  // namespace hilum::admin
