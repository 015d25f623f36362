#pragma once

#include <cstdint>
#include <vector>

#include "model/phantom/anatomy.h"
#include "model/phantom/solids.h"
#include "model/phantom/vessel_layers.h"

namespace hilum::phantom {

/// The truth of `vessels` with the other structures of structure.h around it, one value per voxel
/// of `grid`. Where several meet: truth, airway, great vessels, heart.
std::vector<std::uint8_t> label_structures(const Anatomy& anatomy, const VesselLayers& vessels,
                                           const Solids& great_vessels, const Lattice& grid);

}  // namespace hilum::phantom
