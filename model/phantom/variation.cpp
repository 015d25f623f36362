#include "model/phantom/variation.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace hilum::phantom {
namespace {

constexpr double kWidthMm = 360;
constexpr double kDepthMm = 300;

int voxels(double mm, double spacing_mm) { return static_cast<int>(std::lround(mm / spacing_mm)); }

/// Voxels of this spacing that fill the usual window.
void set_spacing(double spacing_mm, PhantomOptions& options) {
  options.spacing_mm = spacing_mm;
  options.size = {voxels(kDepthMm, spacing_mm), voxels(kDepthMm, spacing_mm),
                  voxels(kWidthMm, spacing_mm)};
}

/// Cuts the window: lungs end above or below, the body at the sides.
void crop(Rng& rng, PhantomOptions& options) {
  for (int axis = 0; axis < 3; ++axis) {
    const double kept = rng.uniform(0.6, 1.0);
    const double moved = rng.uniform(-0.5, 0.5) * (1 - kept);
    const double whole_mm = options.size[axis] * options.spacing_mm;
    options.size[axis] = static_cast<int>(options.size[axis] * kept);
    double& shift = axis == 0   ? options.view.shift_mm.z
                    : axis == 1 ? options.view.shift_mm.y
                                : options.view.shift_mm.x;
    shift = moved * whole_mm;
  }
}

void vary_patient(Rng& rng, PhantomOptions& options) {
  // Lower lobes are left to `shifted_options`.
  constexpr Lobe kMissing[] = {Lobe::kRightUpper, Lobe::kRightMiddle, Lobe::kLeftUpper};
  constexpr int kSegments = 18;
  PatientVariation& patient = options.patient;
  if (rng.chance(0.7)) patient.roll_deg = rng.normal(0, 5);
  if (rng.chance(0.5)) patient.lean_deg = rng.normal(0, 2);
  if (rng.chance(0.03)) {
    patient.missing_lobe = kMissing[rng.index(static_cast<int>(std::size(kMissing)))];
  } else if (rng.chance(0.025)) {
    patient.missing_segment = rng.index(kSegments);
  }
  if (rng.chance(0.08)) patient.hypertension = rng.uniform(0.3, 1.0);
  patient.mediastinal_lingular_artery = rng.chance(0.25);
  if (rng.chance(0.75)) options.vessel_aspect = rng.uniform(1.0, 1.4);
  if (rng.chance(0.6)) options.lymph_nodes = 1 + rng.index(8);
}

void vary_surroundings(Rng& rng, PhantomOptions& options) {
  const double arms = rng.uniform();
  if (arms < 0.12) options.arms = Arms::kBothDown;
  if (arms >= 0.12 && arms < 0.16) options.arms = Arms::kLeftDown;
  if (arms >= 0.16 && arms < 0.20) options.arms = Arms::kRightDown;
  const bool wide = rng.chance(0.5);
  if (options.arms != Arms::kRaised && wide) options.size[2] = options.size[2] * 6 / 5;
  if (rng.chance(0.5)) options.table = TableKind::kFull;
}

void vary_scan(Rng& rng, PhantomOptions& options) {
  constexpr int kPaddings[] = {-1024, -1024, -2000, -2048, -3024};
  const double look = rng.uniform();
  if (look < 0.25) options.densities = PhantomOptions::Densities::kRandom;
  if (look >= 0.25 && look < 0.40) options.scanner = PhantomOptions::Scanner::kDegraded;
  if (rng.chance(0.6)) options.contrast.lobes = rng.uniform(0.02, 0.1);
  if (rng.chance(0.5)) options.contrast.drop = rng.uniform(0.02, 0.2);
  if (rng.chance(0.5)) options.streaks.vena_cava_hu = rng.uniform(10, 90);
  if (rng.chance(0.5)) options.streaks.shoulder_hu = rng.uniform(5, 45);
  if (rng.chance(0.2)) crop(rng, options);
  if (rng.chance(0.35)) {
    const double width = options.size[2] * options.spacing_mm;
    options.view.circle_mm = width * rng.uniform(0.86, 1.15);
    options.view.padding_hu = kPaddings[rng.index(static_cast<int>(std::size(kPaddings)))];
  }
}

/// One way to lie outside the training ranges.
void shift_once(Rng& rng, PhantomOptions& options) {
  switch (rng.index(9)) {
    case 0:
      set_spacing(rng.uniform(0.85, 0.95), options);
      return;
    case 1:
      set_spacing(rng.uniform(2.6, 3.2), options);
      return;
    case 2:
      options.view.slice_spacing_mm = rng.uniform(4, 7);
      options.size[0] = voxels(kDepthMm, *options.view.slice_spacing_mm);
      return;
    case 3:
      options.noise_hu = rng.uniform(110, 160);
      return;
    case 4:  // denser than any training volume, veins brighter or arteries brighter
      options.artery_hu = rng.uniform(750, 1100);
      options.vein_hu = *options.artery_hu * rng.uniform(0.4, 1.3);
      return;
    case 5:
      options.patient.missing_lobe = rng.chance(0.5) ? Lobe::kRightLower : Lobe::kLeftLower;
      return;
    case 6:
      options.patient.roll_deg = (rng.chance(0.5) ? 1 : -1) * rng.uniform(13, 20);
      return;
    case 7:
      options.patient.hypertension = rng.uniform(1.3, 1.8);
      return;
    default:
      options.vessel_aspect = rng.uniform(1.6, 1.9);
      return;
  }
}

}  // namespace

PhantomOptions training_options(std::uint64_t seed) {
  Rng rng(seed, "training");
  PhantomOptions options;
  options.seed = seed;
  const double spacing = rng.uniform();
  if (spacing < 0.12) set_spacing(rng.uniform(1.5, 2.5), options);
  if (spacing >= 0.12 && spacing < 0.20) set_spacing(rng.uniform(1.0, 1.5), options);
  vary_patient(rng, options);
  vary_surroundings(rng, options);
  vary_scan(rng, options);
  return options;
}

PhantomOptions shifted_options(std::uint64_t seed) {
  Rng rng(seed, "shifted");
  PhantomOptions options;
  options.seed = seed;
  vary_patient(rng, options);
  options.table = rng.chance(0.5) ? TableKind::kFull : TableKind::kPlain;
  const int ways = 1 + rng.index(2);
  for (int i = 0; i < ways; ++i) shift_once(rng, options);
  return options;
}

}  // namespace hilum::phantom
