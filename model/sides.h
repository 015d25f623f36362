#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "model/standard_classes.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/vessel.h"

namespace hilum::model {

/// The side that an English phrase names, as in "veins of the left lung"; kNone when it names none
/// or both.
Side side_named_in(std::string_view phrase);

/// For a model that takes sides from the patient's anatomy by the codes of a class: kInvalidInput,
/// naming the class, when its prompt names a side that its codes do not have, because the result
/// would be of another side than the words say.
Status check_prompt_side(const ModelClass& one);

/// Whether two segments have equal codes but for the side; meanings and colours are for people and
/// may differ.
bool same_but_side(const SegmentSpec& a, const SegmentSpec& b);

/// The classes that are class `k` on the other side of the patient, by their codes; none when it
/// has no side.
std::vector<int> partners_of(std::size_t k, std::span<const ModelClass> classes);

/// For each class the index of the class that it becomes when the patient is mirrored: the one with
/// equal codes on the other side, or itself when it has no side. kUnsupported, naming the class,
/// when a class with a side has no partner or several.
Result<std::vector<int>> mirror_partners(std::span<const ModelClass> classes);

}  // namespace hilum::model
