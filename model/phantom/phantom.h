#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/phantom/acquisition.h"
#include "model/phantom/arms.h"
#include "model/phantom/contrast_field.h"
#include "model/phantom/field_of_view.h"
#include "model/phantom/morphometry.h"
#include "model/phantom/patient_variation.h"
#include "model/phantom/table.h"
#include "model/phantom/tissue.h"
#include "model/phantom/vascular_trees.h"
#include "pipeline/domain/volume.h"

namespace hilum::phantom {

/// Synthetic chest CT with a voxel-exact truth of pulmonary arteries and veins. No patient data.
struct PhantomOptions {
  enum class Disease { kSampled, kNone };
  enum class Scanner { kSampled, kReference, kDegraded };

  /// Densities as in people, or any at all.
  enum class Densities { kRealistic, kRandom };

  /// Whose truth the pulmonary trunk is; labelled data sets differ in this.
  enum class Trunk { kBackground, kLeft, kRight };

  std::uint64_t seed = 1;  ///< decides the patient and, with the other options, the whole volume
  std::optional<Phase> phase{};            ///< sampled when absent
  double spacing_mm = 1.5;                 ///< isotropic unless `view.slice_spacing_mm` is given
  std::array<int, 3> size{200, 200, 240};  ///< (slices, rows, columns), centred on x = 0, y = 8,
                                           ///< z = -22 mm of the patient unless `view` shifts it
  Disease disease = Disease::kSampled;
  Scanner scanner = Scanner::kSampled;
  Trunk trunk = Trunk::kBackground;

  // What a plain volume does not have: variation.h draws all of it.
  PatientVariation patient{};
  Densities densities = Densities::kRealistic;
  ContrastSpread contrast{};
  double vessel_aspect = 1;  ///< largest ratio of width to height of a vessel's cross-section
  int lymph_nodes = 0;
  Arms arms = Arms::kRaised;
  TableKind table = TableKind::kPlain;
  Streaks streaks{};
  std::optional<double> noise_hu{};   ///< instead of the scanner's
  std::optional<double> artery_hu{};  ///< instead of the phase's; the right heart follows
  std::optional<double> vein_hu{};    ///< likewise; the left heart and the aorta follow
  FieldOfView view{};
  double smallest_label_mm = 1.2;  ///< diameter; thinner vessels are in the image, not in the truth
};

/// The thinnest branch in the truth, its diameter in mm: `smallest_label_mm`, but not less than a
/// voxel, because what is thinner cannot be told from the image (adr/0001-what-is-labelled.md).
double thinnest_label_mm(const PhantomOptions& options);

struct Phantom {
  Volume ct;                       ///< HU in [-1024, 3071]; padding may lie below
  LabelMap truth;                  ///< 0, or kLeftArtery, kLeftVein, kRightArtery, kRightVein
  LabelMap structures;             ///< the truth and structures around it: structure.h
  std::vector<std::uint8_t> lung;  ///< 0 outside, 1 right lung, 2 left lung; vessels included
  TissueHu tissue;
  Scan scan;
  Morphometry morphometry;
};

/// One patient, grown once to be scanned several times. About 100 MB.
struct Patient {
  std::uint64_t seed;
  Anatomy anatomy;
  VascularTrees trees;
};
Patient grow_patient(std::uint64_t seed, const PatientVariation& variation = {});

/// As `make_phantom`; the patient stands for `options.seed` and `options.patient`, which are not
/// looked at.
Phantom scan_patient(const Patient& patient, PhantomOptions options);

/// Deterministic: equal options give equal volumes with the same binary. The patient (everything in
/// `morphometry` but the voxel counts) depends on the seed alone. Pure; safe from any thread.
/// About 3 s and 380 MB for the default size.
Phantom make_phantom(const PhantomOptions& options);

}  // namespace hilum::phantom
