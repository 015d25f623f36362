#pragma once

#include <string>
#include <vector>

#include "pipeline/domain/segment_spec.h"

namespace hilum::model {

/// One class of a model: what the text tower is asked and how the result is described.
struct ModelClass {
  std::string prompt;
  SegmentSpec segment;
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
