#include "pipeline/domain/vessel.h"

#include <doctest/doctest.h>

using namespace hilum;

namespace {

SegmentSpec of_type(const char* value, const char* scheme, const char* label = "") {
  SegmentSpec spec;
  spec.label = label;
  spec.type = {value, scheme, "anything"};
  return spec;
}

}  // namespace

TEST_CASE("vessel: from the coded type alone") {
  CHECK(vessel_of(of_type("81040000", "SCT")) == Vessel::kArtery);
  CHECK(vessel_of(of_type("122972007", "SCT")) == Vessel::kVein);
  CHECK(vessel_of(of_type("59820001", "SCT", "artery")) == Vessel::kOther);
  CHECK(vessel_of(of_type("81040000", "SRT")) == Vessel::kOther);
}

TEST_CASE("vessel: the side is that of the type, or else of the region") {
  const CodedConcept left{"7771000", "SCT", "Left"};
  const CodedConcept right{"24028007", "SCT", "Right"};
  SegmentSpec spec;
  CHECK(side_of(spec) == Side::kNone);
  spec.region_modifier = right;
  CHECK(side_of(spec) == Side::kRight);
  spec.type_modifier = left;
  CHECK(side_of(spec) == Side::kLeft);
  spec.type_modifier = CodedConcept{"51440002", "SCT", "Right and left"};
  spec.region_modifier.reset();
  CHECK(side_of(spec) == Side::kNone);
}
