#pragma once

#include <span>
#include <vector>

#include "model/model_grid.h"
#include "pipeline/domain/volume.h"

namespace hilum::model {

/// Probabilities of K classes on a part of the model grid.
struct Probabilities {
  const ModelGrid& grid;
  Box crop;                      ///< the part of the grid that `value` covers; may be empty
  int classes = 0;               ///< K
  std::span<const float> value;  ///< [K][X][Y][Z] over `crop`, 0..1
};

struct LabelOptions {
  double threshold = 0.5;  ///< a class is present where p exceeds it
  int threads = 0;         ///< 0: all cores
};

/// Labels on the source grid: probabilities (not labels, whose borders would be jagged) are
/// interpolated trilinearly at every source voxel's centre; of the classes above the threshold the
/// most probable wins, the first one at a tie; label = class index + 1, 0 elsewhere. A source voxel
/// whose centre lies in no voxel of the crop, that is, more than half a model voxel outside its
/// outermost centres, is background; within that half voxel the border value counts. Needs one byte
/// per voxel of the crop and one per source voxel.
LabelMap labels_on_source(const Geometry& source, const Probabilities& probabilities,
                          const LabelOptions& options);

}  // namespace hilum::model
