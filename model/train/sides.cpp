#include "model/train/sides.h"

#include <fmt/format.h>

namespace hilum::model::train {
namespace {

Side side_of(const std::optional<CodedConcept>& modifier) {
  if (!modifier || modifier->scheme != "SCT") return Side::kNone;
  if (modifier->value == "7771000") return Side::kLeft;
  if (modifier->value == "24028007") return Side::kRight;
  return Side::kNone;
}

bool same_concept(const CodedConcept& a, const CodedConcept& b) {
  return a.value == b.value && a.scheme == b.scheme;
}

/// Equal but for the side: meanings and colours are for people and may differ.
bool same_but_side(const SegmentSpec& a, const SegmentSpec& b) {
  if (!same_concept(a.type, b.type) || !same_concept(a.category, b.category)) return false;
  if (a.anatomic_region.has_value() != b.anatomic_region.has_value()) return false;
  return !a.anatomic_region || same_concept(*a.anatomic_region, *b.anatomic_region);
}

}  // namespace

Side side_of(const SegmentSpec& segment) {
  const Side side = side_of(segment.type_modifier);
  return side != Side::kNone ? side : side_of(segment.region_modifier);
}

Result<std::vector<int>> mirror_partners(std::span<const ModelClass> classes) {
  std::vector<int> partners;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const SegmentSpec& segment = classes[i].segment;
    const Side side = side_of(segment);
    if (side == Side::kNone) {
      partners.push_back(static_cast<int>(i));
      continue;
    }
    std::vector<int> found;
    for (std::size_t j = 0; j < classes.size(); ++j) {
      const Side other = side_of(classes[j].segment);
      if (other != Side::kNone && other != side && same_but_side(segment, classes[j].segment)) {
        found.push_back(static_cast<int>(j));
      }
    }
    if (found.size() != 1) {
      return Error{ErrorCode::kUnsupported,
                   fmt::format("cannot mirror: class '{}' has {} counterparts on the other side by "
                               "its codes instead of one; train without mirroring",
                               segment.label, found.size())};
    }
    partners.push_back(found.front());
  }
  return partners;
}

}  // namespace hilum::model::train
