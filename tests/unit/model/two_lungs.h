#pragma once

#include <vector>

#include "model/anatomical_sides.h"

namespace hilum::test {

/// Voxels of 3 mm: 240 x 180 x 120 mm.
inline constexpr model::GridSize kTwoLungsSize{80, 60, 40};

/// The sides of a body that fills the volume, with two lungs: x = 8..25 is left, x = 54..71 right,
/// both y = 15..44 and z = 5..34.
inline model::AnatomicalSides sides_of_two_lungs() {
  std::vector<float> hu(model::voxel_count(kTwoLungsSize), 40);
  for (int x = 0; x < kTwoLungsSize[0]; ++x) {
    for (int y = 15; y < 45; ++y) {
      for (int z = 5; z < 35; ++z) {
        const bool lung = (x >= 8 && x < 26) || (x >= 54 && x < 72);
        if (lung) hu[model::grid_index(kTwoLungsSize, x, y, z)] = -850;
      }
    }
  }
  constexpr Vec3 kSpacing{3, 3, 3};
  return model::AnatomicalSides::from(model::find_lung_sides(hu, kTwoLungsSize, kSpacing, 1),
                                      kSpacing, 1);
}

}  // namespace hilum::test
