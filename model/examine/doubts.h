#pragma once

#include <span>
#include <vector>

#include "model/examine/lungs.h"
#include "model/standard_classes.h"
#include "pipeline/domain/findings.h"

namespace hilum::model::examine {

/// What doubts are judged from.
struct Evidence {
  std::span<const ModelClass> classes;        ///< label k is classes[k-1]
  std::span<const SegmentMeasures> segments;  ///< likewise
  std::span<const SegmentPlace> places;       ///< per label, [0] is unused; empty: lungs not found
  std::span<const LungAtEnd> ends;
};

/// What is doubtful, the gravest first: nothing found, sides swapped, a class missing, volumes
/// outside of `ModelClass::volume_ml`, much outside the lungs, lungs that the volume cuts off.
/// Pure. Thresholds and what they were measured on are at their constants.
std::vector<Doubt> find_doubts(const Evidence& evidence);

}  // namespace hilum::model::examine
