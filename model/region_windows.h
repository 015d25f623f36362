#pragma once

#include <vector>

#include "model/model_grid.h"
#include "model/preprocess.h"

namespace hilum::model {

/// One voxel of the crop for each block of the lung region that the crop covers: what
/// `drop_windows_that_hardly_count` is asked about.
std::vector<GridSize> region_voxels(const ModelImage& image);

/// Turns logits [K][X][Y][Z] over the crop into probabilities, in place: 0 outside the lung region,
/// the sigmoid inside.
void to_probabilities(std::vector<float>& values, int classes, const ModelImage& image,
                      int threads);

}  // namespace hilum::model
