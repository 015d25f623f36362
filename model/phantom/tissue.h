#pragma once

#include <optional>

#include "model/phantom/rng.h"

namespace hilum::phantom {

/// When the scan was taken relative to the contrast injection.
enum class Phase {
  kNonContrast,      ///< arteries and veins equal: only geometry separates them
  kPulmonaryArtery,  ///< CT pulmonary angiogram: arteries brighter
  kMixed,            ///< both bright
  kVenous,           ///< late, both faint
  kAortic,           ///< aortic CT angiogram: veins brighter
};

/// Hounsfield units of one patient in one scan.
struct TissueHu {
  Phase phase;
  double artery;
  double vein;
  double left_heart;
  double right_heart;  ///< and the pulmonary trunk
  double aorta;
  double vena_cava;
  double lower_vena_cava;  ///< no contrast from an arm reaches it before the second pass
  double embolus;

  double muscle;
  double fat;
  double myocardium;
  double liver;
  double cortex;
  double marrow;

  double lung;          ///< at the height of the carina, without vessels
  double lung_per_mm;   ///< gravity: denser towards the back
  double lung_mottle;   ///< SD of its smooth variation (35-150 mm)
  double lung_texture;  ///< SD of its fine variation
  double fissure;       ///< added on the fissures; 0 where they do not show
};

/// Densities without regard to what is real: vessels -50..700, arteries and veins independent, lung
/// -980..-650, fat -150..-30, muscle 0..120 HU. What stays is geometry (SynthSeg, PMC10154424).
TissueHu randomised(TissueHu tissue, Rng& rng);

/// Draws a phase by its share in practice unless one is given.
TissueHu sample_tissue(std::optional<Phase> phase, Rng& rng);

}  // namespace hilum::phantom
