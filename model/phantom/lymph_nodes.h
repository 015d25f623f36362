#pragma once

#include "model/phantom/anatomy.h"
#include "model/phantom/solids.h"

namespace hilum::phantom {

/// `count` mediastinal and hilar lymph nodes at their stations (short axis 5-18 mm): round soft
/// tissue beside the vessels, which is none.
Solids draw_lymph_nodes(const Anatomy& anatomy, const TissueHu& tissue, int count,
                        const Lattice& grid, Rng& rng);

}  // namespace hilum::phantom
