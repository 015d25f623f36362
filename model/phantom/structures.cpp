#include "model/phantom/structures.h"

namespace hilum::phantom {

std::vector<std::uint8_t> label_structures(const Anatomy& anatomy, const VesselLayers& vessels,
                                           const Solids& great_vessels, const Lattice& grid) {
  constexpr float kMostOfIt = 0.5F;  // share of a voxel that makes it the structure's
  std::vector<std::uint8_t> structures = vessels.label;
  RowSampler rows(anatomy.heart.lattice(), grid);
  std::vector<float> heart(static_cast<std::size_t>(grid.nx));
  for (int z = 0; z < grid.nz; ++z) {
    for (int y = 0; y < grid.ny; ++y) {
      rows.sample(anatomy.heart, y, z, heart);
      std::size_t i = grid.index(0, y, z);
      for (const float distance : heart) {
        std::uint8_t& value = structures[i];
        if (value == 0 && vessels.airway_wall.at(i) >= kMostOfIt) value = kAirway;
        if (value == 0) value = great_vessels.structure(i);
        if (value == 0 && distance < 0) value = kHeart;
        ++i;
      }
    }
  }
  return structures;
}

}  // namespace hilum::phantom
