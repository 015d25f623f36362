#pragma once

#include <span>

#include "pipeline/domain/png_file.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/segment_spec.h"
#include "pipeline/domain/volume.h"

namespace hilum::dicomseg {

struct PreviewOptions {
  int tile_px = 320;               ///< edge of one square tile, 64 to 1024
  int axial_tiles = 7;             ///< 1 to 30, spread over the part of the volume that has labels
  double window_center_hu = -300;  ///< lung and mediastinum both stay readable
  double window_width_hu = 1400;
  double opacity = 0.6;  ///< of the label colours, 0 to 1
};

/// A contact sheet for people: axial planes where labels are (everywhere when there are none), then
/// a coronal and a sagittal plane through their centre, and all labels seen from the front, from
/// the patient's left and from the feet. Planes are those of the patient, not of the acquisition,
/// at one scale in mm for all tiles. Radiological convention: the patient's left is on the right of
/// axial and coronal tiles, the front is on the left of sagittal ones; letters R and A mark the
/// left edge. Nearest voxels. kInvalidInput when sizes do not fit together or the affine is
/// singular.
Result<RgbImage> preview_sheet(const Volume& volume, const LabelMap& labels,
                               std::span<const SegmentSpec> segments,
                               const PreviewOptions& options);

}  // namespace hilum::dicomseg
