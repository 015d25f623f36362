#pragma once

#include "model/examine/label_pass.h"
#include "pipeline/domain/findings.h"
#include "pipeline/domain/volume.h"

namespace hilum::model::examine {

/// Measures label `label`, of which `tally` is what a pass over the map found. Distances, areas and
/// volumes are those of the geometry's own axes, which may be oblique or sheared. Memory: three
/// bytes per voxel of the label's box, and about 60 per voxel of the label. One thread.
SegmentMeasures measure_segment(const LabelMap& labels, int label, const LabelTally& tally);

}  // namespace hilum::model::examine
