#pragma once

#include <vector>

#include "model/phantom/anatomy.h"
#include "model/phantom/rng.h"

namespace hilum::phantom {

/// Amplitudes; 0 = none.
struct Streaks {
  double vena_cava_hu = 0;  ///< of the rays beside a vein filled with dense contrast
  double shoulder_hu = 0;   ///< of the lines through both shoulders
};

/// Adds beam-hardening rays from dense contrast in the superior vena cava and horizontal
/// photon-starvation lines through the shoulders.
void add_streaks(const Anatomy& anatomy, const Streaks& streaks, const Lattice& grid, Rng& rng,
                 std::vector<float>& hu);

}  // namespace hilum::phantom
