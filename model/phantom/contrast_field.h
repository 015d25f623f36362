#pragma once

#include "model/phantom/anatomy.h"
#include "model/phantom/rng.h"

namespace hilum::phantom {

/// How unevenly contrast medium fills the vessels of one scan. Default: evenly.
struct ContrastSpread {
  double lobes = 0;  ///< largest difference of a lobe from the mean, share of the enhancement
  double drop = 0;   ///< share lost by the arteries from hilum to pleura
};

/// The share of the full blood density at each place: 1 at the hilum, its own value in each lobe.
/// Without lattice where it is 1 everywhere.
struct ContrastField {
  ScalarField artery;
  ScalarField vein;
};
ContrastField contrast_field(const Anatomy& anatomy, const ContrastSpread& spread, Rng& rng);

}  // namespace hilum::phantom
