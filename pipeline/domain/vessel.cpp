#include "pipeline/domain/vessel.h"

#include <optional>
#include <string_view>

namespace hilum {
namespace {

bool is(const CodedConcept& concept_, std::string_view snomed) {
  return concept_.scheme == "SCT" && concept_.value == snomed;
}

Side side_of(const std::optional<CodedConcept>& modifier) {
  if (!modifier) return Side::kNone;
  if (is(*modifier, "7771000")) return Side::kLeft;
  if (is(*modifier, "24028007")) return Side::kRight;
  return Side::kNone;
}

}  // namespace

Vessel vessel_of(const SegmentSpec& segment) {
  if (is(segment.type, "81040000")) return Vessel::kArtery;
  if (is(segment.type, "122972007")) return Vessel::kVein;
  return Vessel::kOther;
}

Side side_of(const SegmentSpec& segment) {
  const Side side = side_of(segment.type_modifier);
  return side != Side::kNone ? side : side_of(segment.region_modifier);
}

}  // namespace hilum
