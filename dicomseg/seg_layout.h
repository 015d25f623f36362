#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/domain/segment_spec.h"
#include "pipeline/domain/viewer_profile.h"

namespace hilum::dicomseg {

/// One segment of a segmentation, and the labels of the label map that it is made of.
struct SegmentLayout {
  SegmentSpec spec;
  std::vector<int> labels;  ///< 1-based
};

/// For each label its Segment Number, 1-based; 0: not in this object.
using SegmentOfLabel = std::array<std::uint8_t, 256>;

/// One segmentation object of a result.
struct SegLayout {
  std::string name;   ///< unique within the result; its UIDs follow from it
  std::string title;  ///< stands in the Series Description in place of the usual one; may be empty
  std::vector<SegmentLayout> segments;  ///< segments[n-1] is Segment Number n

  [[nodiscard]] SegmentOfLabel segment_of_label() const;
};

/// The objects that a profile makes of a model's classes. Classes that are merged become
/// "Pulmonary arteries" and "Pulmonary veins", without a side; what is neither stays as it is.
std::vector<SegLayout> seg_layouts(const ModelInfo& model, const ViewerProfile& profile);

}  // namespace hilum::dicomseg
