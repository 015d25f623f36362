#pragma once

#include "pipeline/domain/segment_spec.h"

namespace hilum {

enum class Vessel { kArtery, kVein, kOther };
/// From the coded type: SNOMED CT 81040000 Pulmonary artery, 122972007 Pulmonary vein.
Vessel vessel_of(const SegmentSpec& segment);

enum class Side { kNone, kLeft, kRight };
/// From the coded modifiers (SNOMED CT 7771000 Left, 24028007 Right): the type's, or else the
/// region's.
Side side_of(const SegmentSpec& segment);

}  // namespace hilum
