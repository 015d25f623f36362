#pragma once

#include <optional>
#include <span>

#include "model/standard_classes.h"
#include "pipeline/domain/segment_spec.h"

namespace hilum::admin {

/// Which class of a model a segment is: its index in `classes`, or nothing. What decides, in this
/// order, is for the vessel the coded type, then words of the label ("artery", "veins", ...); for
/// the side the type's modifier, the region's modifier, then words of the label ("left", "rt",
/// ...). A segment with codes of another meaning, or with words for both, is none. Classes are
/// those of `standard_classes` in whatever order.
std::optional<std::size_t> class_of_segment(const SegmentSpec& segment,
                                            std::span<const model::ModelClass> classes);

}  // namespace hilum::admin
