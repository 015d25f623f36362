#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "model/anatomical_sides.h"
#include "model/lung_region.h"
#include "model/manifest.h"
#include "model/model_grid.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/volume.h"

namespace hilum::model {

struct PreprocessOptions {
  Vec3 spacing_mm{1.5, 1.5, 1.5};
  std::array<double, 2> hu_range{-700, 300};  ///< mapped to 0..1, clipped
  int threads = 0;                            ///< 0: all cores
  SideSource side = SideSource::kNetwork;     ///< kAnatomy: also find the sides
};

/// What the network sees of a series: the part of the model grid that is above the HU range's
/// lower end.
struct ModelImage {
  ModelGrid grid;  ///< of the whole volume
  Box crop;        ///< the part that `value` covers; empty when nothing is above the range
  std::vector<float> value;  ///< [X][Y][Z] over `crop`, 0..1
  LungRegion lungs;          ///< on `grid`
  AnatomicalSides sides;     ///< on `grid`; found only where they were asked for
};

/// The image contract of LA-CAF as MONAI 1.3.2 computes it: orientation to RAS, resampling,
/// intensity range, crop to the bounding box of voxels > 0; and where the lungs are, and which side
/// is which when asked for. Needs one float per model voxel beside the source (60 MB for a chest of
/// 360 mm cubed at 1.5 mm). Errors of `plan_model_grid`, and kInvalidInput when the volume's values
/// do not match its geometry.
Result<ModelImage> preprocess(const Volume& volume, const PreprocessOptions& options);

/// HU of `volume` at the voxel centres of `grid`, [X][Y][Z]: trilinear in double precision, outside
/// the volume the value of the nearest border point (MONAI `padding_mode="border"`).
std::vector<float> resample_hu(const Volume& volume, const ModelGrid& grid, int threads);

/// Maps HU to 0..1 in place and clips (MONAI `ScaleIntensityRange(..., 0, 1, clip=True)`).
void scale_intensity(std::span<float> values, const std::array<double, 2>& hu_range);

/// The smallest box with all voxels > 0 of [X][Y][Z] `values`; empty when there are none.
Box foreground_box(std::span<const float> values, const GridSize& size);

}  // namespace hilum::model
