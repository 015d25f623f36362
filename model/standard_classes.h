#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/domain/segment_spec.h"

namespace hilum::model {

/// From least to most, in mL.
struct VolumeRange {
  double least = 0;
  double most = 0;
  bool operator==(const VolumeRange&) const = default;
};

/// One class of a model: what the text tower is asked and how the result is described.
struct ModelClass {
  std::string prompt;
  SegmentSpec segment;
  /// What a segment of a whole chest may hold: a result outside is implausible. Measured on results
  /// of the model (volume_ranges.h); nothing: not known.
  std::optional<VolumeRange> volume_ml{};
  bool operator==(const ModelClass&) const = default;
};

/// The four classes of LA-CAF in its order: left artery, left vein, right artery, right vein.
/// Prompts are the paper's (arXiv 2501.03722). Codes: SNOMED CT as in CID 7151 and 3D Slicer's
/// segmentation terminology, with the side as type modifier, because the pre-coordinated "left
/// pulmonary artery" names the one vessel and not the tree. Colours: arteries blue and veins red,
/// as anatomy atlases draw blood without and with oxygen; the right ones are 3D Slicer's.
std::vector<ModelClass> standard_classes();

/// The segments of `standard_classes`.
std::vector<SegmentSpec> standard_segments();

}  // namespace hilum::model
