#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "pipeline/domain/volume.h"

namespace hilum::model::examine {

/// What one pass over a result finds of one label.
struct LabelTally {
  std::uint64_t voxels = 0;
  std::int64_t hu = 0;          ///< sum
  std::int64_t hu_squared = 0;  ///< sum: 1e13 for 1e6 voxels of 3000 HU
  std::array<int, 3> lo{};      ///< the box lo <= (z, y, x) < hi around it; empty without voxels
  std::array<int, 3> hi{};

  void add(const LabelTally& other);
};

/// One tally for each label 0..255; the one of 0 is empty. Sums are whole numbers, so the result
/// does not depend on the number of threads. Precondition: both have as many values as voxels.
std::vector<LabelTally> tally_labels(const Volume& volume, const LabelMap& labels, int threads);

}  // namespace hilum::model::examine
