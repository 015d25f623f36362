#include "model/phantom/phantom.h"

#include <algorithm>
#include <cmath>

#include "model/phantom/compose.h"
#include "model/phantom/lymph_nodes.h"
#include "model/phantom/structures.h"

namespace hilum::phantom {
namespace {

constexpr Vec kWindowCentre{0, 8, -22};

Lattice image_grid(const PhantomOptions& options) {
  const auto [slices, ny, nx] = options.size;
  const double h = options.spacing_mm;
  const double depth = (slices - 1) * options.view.slice_spacing_mm.value_or(h);
  const int nz = static_cast<int>(std::lround(depth / h)) + 1;
  const Vec half{0.5 * (nx - 1) * h, 0.5 * (ny - 1) * h, 0.5 * depth};
  return {nx, ny, nz, h, kWindowCentre + options.view.shift_mm - half};
}

Geometry geometry_of(const Lattice& grid) {
  Geometry geometry;
  const double h = grid.step_mm;
  geometry.size = {grid.nz, grid.ny, grid.nx};
  geometry.voxel_to_lps = {h, 0, 0, grid.origin.x, 0, h, 0, grid.origin.y,
                           0, 0, h, grid.origin.z, 0, 0, 0, 1};
  return geometry;
}

std::vector<std::int16_t> to_hu(const std::vector<float>& values) {
  std::vector<std::int16_t> hu(values.size());
  std::transform(values.begin(), values.end(), hu.begin(), [](float v) {
    return static_cast<std::int16_t>(std::lround(std::clamp(v, -1024.0F, 3071.0F)));
  });
  return hu;
}

std::vector<std::uint8_t> lung_mask(const Anatomy& anatomy, const Lattice& grid) {
  constexpr std::uint8_t kRightLung = 1;
  constexpr std::uint8_t kLeftLung = 2;
  std::vector<std::uint8_t> mask(grid.count(), 0);
  RowSampler rows(anatomy.lung.lattice(), grid);
  std::vector<float> row(static_cast<std::size_t>(grid.nx));
  std::vector<float> left(static_cast<std::size_t>(grid.nx));
  for (int z = 0; z < grid.nz; ++z) {
    for (int y = 0; y < grid.ny; ++y) {
      rows.sample(anatomy.lung, y, z, row);
      rows.sample(anatomy.left_of_midline, y, z, left);
      std::uint8_t* out = &mask[grid.index(0, y, z)];
      for (int x = 0; x < grid.nx; ++x) {
        if (row[x] < 0) out[x] = left[x] > 0 ? kLeftLung : kRightLung;
      }
    }
  }
  return mask;
}

std::array<double, 5> label_volumes(const LabelMap& truth) {
  std::array<double, 5> ml{};
  for (const std::uint8_t label : truth.label) {
    if (label != 0) ml[label] += truth.geometry.voxel_ml();
  }
  return ml;
}

void sample_appearance(const PhantomOptions& options, Phantom& phantom) {
  constexpr double kDenseHu = 250;  // contrast that makes streaks
  Rng appearance(options.seed, "appearance");
  phantom.tissue = sample_tissue(options.phase, appearance);
  phantom.scan = sample_scan(appearance);
  Rng unusual(options.seed, "unusual appearance");
  if (options.scanner == PhantomOptions::Scanner::kReference) phantom.scan = reference_scan();
  if (options.scanner == PhantomOptions::Scanner::kDegraded) {
    phantom.scan = degraded(phantom.scan, unusual);
  }
  TissueHu& tissue = phantom.tissue;
  if (options.densities == PhantomOptions::Densities::kRandom) {
    tissue = randomised(tissue, unusual);
  }
  if (options.artery_hu) tissue.artery = tissue.right_heart = *options.artery_hu;
  if (options.vein_hu) tissue.vein = tissue.left_heart = tissue.aorta = *options.vein_hu;
  if (options.noise_hu) phantom.scan.noise_hu = *options.noise_hu;
  phantom.scan.streaks = options.streaks;
  if (tissue.vena_cava < kDenseHu) phantom.scan.streaks.vena_cava_hu = 0;
}

/// Draws emboli into `artery`.
LungDisease sample_illness(const PhantomOptions& options, const TissueHu& tissue,
                           const SupplyPoints& lung, Tree& artery) {
  if (options.disease == PhantomOptions::Disease::kNone) return {};
  Rng rng(options.seed, "disease");
  LungDisease disease = sample_disease(lung, rng);
  place_emboli(tissue, artery, rng);
  return disease;
}

VesselLayers layers_of(const Anatomy& anatomy, const VesselPieces& pieces,
                       const PhantomOptions& options, const Lattice& grid) {
  VesselLayers layers =
      draw_vessels(grid, pieces, anatomy.plan, {thinnest_label_mm(options), anatomy.left_atrium});
  if (options.trunk == PhantomOptions::Trunk::kBackground) return layers;
  const bool left = options.trunk == PhantomOptions::Trunk::kLeft;
  label_tube(grid, trunk_cones(anatomy), anatomy.right_heart, left ? kLeftArtery : kRightArtery,
             layers.label);
  return layers;
}

/// Draws what is not a pulmonary vessel, and puts all together.
std::vector<float> density(const Anatomy& anatomy, const PhantomOptions& options,
                           const TissueHu& tissue, const LungDisease& disease,
                           const VesselLayers& vessels, const Solids& great_vessels,
                           const Lattice& grid) {
  Rng drawing(options.seed, "drawing");
  const Solids bones = draw_bones(anatomy, tissue, grid, drawing);
  Rng surroundings(options.seed, "surroundings");
  const Solids nodes = draw_lymph_nodes(anatomy, tissue, options.lymph_nodes, grid, surroundings);
  const ArmShapes arms(anatomy, tissue, options.arms, surroundings);
  Rng mixing(options.seed, "contrast");
  const bool plain = tissue.phase == Phase::kNonContrast;
  const ContrastField contrast =
      contrast_field(anatomy, plain ? ContrastSpread{} : options.contrast, mixing);
  return compose({anatomy, tissue, disease, vessels, great_vessels, bones, nodes, contrast, arms},
                 options.table, grid, drawing);
}

}  // namespace

double thinnest_label_mm(const PhantomOptions& options) {
  return std::max(options.smallest_label_mm, options.spacing_mm);
}

Patient grow_patient(std::uint64_t seed, const PatientVariation& variation) {
  Anatomy anatomy = build_anatomy(seed, variation);
  VascularTrees trees = grow_vascular_trees(anatomy, seed);
  return {seed, std::move(anatomy), std::move(trees)};
}

Phantom scan_patient(const Patient& patient, PhantomOptions options) {
  options.seed = patient.seed;
  const Lattice grid = image_grid(options);
  const Anatomy& anatomy = patient.anatomy;
  VascularTrees trees = patient.trees;
  Phantom phantom;
  sample_appearance(options, phantom);
  const LungDisease disease = sample_illness(options, phantom.tissue, trees.supply, trees.artery);
  VesselPieces pieces = vessel_pieces(trees, anatomy.plan, options.seed);
  if (options.vessel_aspect > 1) flatten(options.vessel_aspect, options.seed, pieces);
  VesselLayers vessels = layers_of(anatomy, pieces, options, grid);
  const Solids great_vessels = draw_great_vessels(anatomy, phantom.tissue, grid);
  std::vector<float> hu =
      density(anatomy, options, phantom.tissue, disease, vessels, great_vessels, grid);
  Rng noise(options.seed, "noise");
  acquire(anatomy, phantom.scan, grid, noise, hu);

  phantom.ct = {geometry_of(grid), to_hu(hu)};
  phantom.structures = {phantom.ct.geometry,
                        label_structures(anatomy, vessels, great_vessels, grid)};
  phantom.truth = {phantom.ct.geometry, std::move(vessels.label)};
  phantom.lung = lung_mask(anatomy, grid);
  cut_circle(options.view, phantom);
  if (options.view.slice_spacing_mm) {
    keep_slices(*options.view.slice_spacing_mm, options.size[0], phantom);
  }
  phantom.morphometry = measure(anatomy, trees, pieces);
  phantom.morphometry.label_ml = label_volumes(phantom.truth);
  return phantom;
}

Phantom make_phantom(const PhantomOptions& options) {
  return scan_patient(grow_patient(options.seed, options.patient), options);
}

}  // namespace hilum::phantom
