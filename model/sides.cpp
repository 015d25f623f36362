#include "model/sides.h"

#include <fmt/format.h>

#include <string>

#include "model/unicode.h"

namespace hilum::model {
namespace {

bool same_concept(const CodedConcept& a, const CodedConcept& b) {
  return a.value == b.value && a.scheme == b.scheme;
}

}  // namespace

Side side_named_in(std::string_view phrase) {
  const std::string words = folded(phrase);
  bool left = false;
  bool right = false;
  std::string word;
  for (std::size_t i = 0; i <= words.size(); ++i) {
    const bool letter = i < words.size() && words[i] >= 'a' && words[i] <= 'z';
    if (letter) {
      word.push_back(words[i]);
      continue;
    }
    left = left || word == "left";
    right = right || word == "right";
    word.clear();
  }
  if (left == right) return Side::kNone;
  return left ? Side::kLeft : Side::kRight;
}

Status check_prompt_side(const ModelClass& one) {
  const Side named = side_named_in(one.prompt);
  if (named == Side::kNone || named == side_of(one.segment)) return ok();
  const auto text = [](Side side) {
    return side == Side::kNone   ? "no side"
           : side == Side::kLeft ? "the left side"
                                 : "the right side";
  };
  return Error{ErrorCode::kInvalidInput,
               fmt::format("the prompt \"{}\" names {}, but the codes of class '{}' name {}, and "
                           "this model takes the side from the patient's anatomy by the codes: use "
                           "a class of that side ([[class]] side = \"{}\"), or words without one",
                           one.prompt, text(named), one.segment.label, text(side_of(one.segment)),
                           named == Side::kLeft ? "left" : "right")};
}

bool same_but_side(const SegmentSpec& a, const SegmentSpec& b) {
  if (!same_concept(a.type, b.type) || !same_concept(a.category, b.category)) return false;
  if (a.anatomic_region.has_value() != b.anatomic_region.has_value()) return false;
  return !a.anatomic_region || same_concept(*a.anatomic_region, *b.anatomic_region);
}

std::vector<int> partners_of(std::size_t k, std::span<const ModelClass> classes) {
  const Side side = side_of(classes[k].segment);
  std::vector<int> found;
  for (std::size_t j = 0; j < classes.size(); ++j) {
    const Side other = side_of(classes[j].segment);
    if (side != Side::kNone && other != Side::kNone && other != side &&
        same_but_side(classes[k].segment, classes[j].segment)) {
      found.push_back(static_cast<int>(j));
    }
  }
  return found;
}

Result<std::vector<int>> mirror_partners(std::span<const ModelClass> classes) {
  std::vector<int> partners;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const SegmentSpec& segment = classes[i].segment;
    if (side_of(segment) == Side::kNone) {
      partners.push_back(static_cast<int>(i));
      continue;
    }
    const std::vector<int> found = partners_of(i, classes);
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

}  // namespace hilum::model
