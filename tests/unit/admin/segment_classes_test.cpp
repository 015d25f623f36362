#include "admin/cli/segment_classes.h"

#include <doctest/doctest.h>

using namespace hilum;
using namespace hilum::admin;

namespace {

const CodedConcept kBloodVessel{"59820001", "SCT", "Blood vessel"};
const CodedConcept kTissue{"85756007", "SCT", "Tissue"};

SegmentSpec segment(const std::string& label, const CodedConcept& type) {
  return {.label = label,
          .category = {"123037004", "SCT", "Anatomical Structure"},
          .type = type,
          .type_modifier = {},
          .anatomic_region = {},
          .region_modifier = {}};
}

std::optional<std::size_t> class_of(const SegmentSpec& spec) {
  return class_of_segment(spec, model::standard_classes());
}

}  // namespace

TEST_CASE("segment classes: our own segments are their classes") {
  const auto segments = model::standard_segments();
  for (std::size_t k = 0; k < segments.size(); ++k) CHECK(class_of(segments[k]) == k);
}

TEST_CASE("segment classes: codes count before what the label says") {
  SegmentSpec spec = segment("Left artery", {"122972007", "SCT", "Pulmonary vein"});
  spec.type_modifier = {"24028007", "SCT", "Right"};
  CHECK(class_of(spec) == 3);
  // The older codes, with the side at the region.
  spec = segment("Segment 1", {"T-44000", "SRT", "Pulmonary Artery"});
  spec.region_modifier = {"G-A101", "SRT", "Left"};
  CHECK(class_of(spec) == 0);
}

TEST_CASE("segment classes: without codes of ours the label decides, word by word") {
  CHECK(class_of(segment("left_artery", kBloodVessel)) == 0);
  CHECK(class_of(segment("Veins (L)", kTissue)) == 1);
  CHECK(class_of(segment("PA-right", kBloodVessel)) == 2);
  CHECK(class_of(segment("RIGHT PULMONARY VEINS", kTissue)) == 3);
  CHECK(class_of(segment("Rt pulmonary artery", {"51114001", "SCT", "Artery"})) == 2);
}

TEST_CASE("segment classes: what is unclear or something else is no class") {
  CHECK_FALSE(class_of(segment("lung vessels", kBloodVessel)));
  CHECK_FALSE(class_of(segment("artery", kBloodVessel)));
  CHECK_FALSE(class_of(segment("left", kBloodVessel)));
  CHECK_FALSE(class_of(segment("left artery and vein", kBloodVessel)));
  CHECK_FALSE(class_of(segment("left right artery", kBloodVessel)));
  CHECK_FALSE(class_of(segment("left artery", {"29092000", "SCT", "Vein"})));
  CHECK_FALSE(class_of(segment("left artery", {"15825003", "SCT", "Aorta"})));
  CHECK_FALSE(class_of(segment("", kBloodVessel)));
  CHECK_FALSE(class_of(segment("Upper leftover partery", kBloodVessel)));
}
