#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/phantom/acquisition.h"
#include "model/phantom/morphometry.h"
#include "model/phantom/tissue.h"
#include "pipeline/domain/volume.h"

namespace hilum::phantom {

/// Synthetic chest CT with a voxel-exact truth of pulmonary arteries and veins. No patient data.
struct PhantomOptions {
  enum class Disease { kSampled, kNone };
  enum class Scanner { kSampled, kReference };

  /// Whose truth the pulmonary trunk is; labelled data sets differ in this.
  enum class Trunk { kBackground, kLeft, kRight };

  std::uint64_t seed = 1;  ///< decides the patient and, with the other options, the whole volume
  std::optional<Phase> phase;              ///< sampled when absent
  double spacing_mm = 1.5;                 ///< isotropic
  std::array<int, 3> size{200, 200, 240};  ///< (slices, rows, columns); the window is fixed in the
                                           ///< patient: centred on x = 0, y = 8, z = -22 mm
  Disease disease = Disease::kSampled;
  Scanner scanner = Scanner::kSampled;
  Trunk trunk = Trunk::kBackground;
  double smallest_label_mm = 1.2;  ///< diameter; thinner vessels are in the image, not in the truth
};

struct Phantom {
  Volume ct;                       ///< HU in [-1024, 3071]
  LabelMap truth;                  ///< 0, or kLeftArtery, kLeftVein, kRightArtery, kRightVein
  LabelMap structures;             ///< the truth and structures around it: structure.h
  std::vector<std::uint8_t> lung;  ///< 0 outside, 1 right lung, 2 left lung; vessels included
  TissueHu tissue;
  Scan scan;
  Morphometry morphometry;
};

/// Deterministic: equal options give equal volumes with the same binary. The patient (everything in
/// `morphometry` but the voxel counts) depends on the seed alone. Pure; safe from any thread.
/// About 2 s and 350 MB for the default size.
Phantom make_phantom(const PhantomOptions& options);

}  // namespace hilum::phantom
