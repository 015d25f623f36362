#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/train/draw.h"
#include "model/train/prompts.h"

namespace hilum::model::train {

/// The language that a promptable network is taught: what can be asked for on synthetic chest CT
/// (labels of phantom/structure.h) and the many ways to say it in English. Pure functions.

/// Something that can be asked for: one class, a union of classes, or a neighbour that is none.
struct Target {
  std::string_view name;  ///< for reports: "left artery"
  LabelSet labels;
};
/// The four classes first, in the order of `standard_classes`; then the unions "arteries", "veins",
/// "left vessels", "right vessels", "vessels"; then aorta, airways, heart, vena cava.
std::span<const Target> targets();

/// Which of the phrasings: held-out ones are never trained, so that they tell whether language was
/// learned or sentences by heart.
enum class Phrasing { kTrained, kHeldOut };

/// One way to say the target, from all that there are. A trained phrasing is a name of the target
/// in a frame such as "CT scan of the {}", often with meaningless words in it and sometimes with a
/// slip of the pen, so that unknown words and forms do no harm. A held-out one has a name and a
/// frame that training never uses.
std::string phrase(const Target& target, Phrasing phrasing, Draw& draw);

/// Every held-out phrasing of a target, without meaningless words.
std::vector<std::string> held_out_phrases(const Target& target);

/// The prompts of a training step, of different targets, 2 to 6: the four classes, arteries and
/// veins, the classes among neighbours, or any mix, because the cross-attention normalises over the
/// set. `class_prompts` are the classes' own, which make up half of those of the classes.
std::vector<Prompt> prompts_of_step(std::span<const std::string> class_prompts, Draw& draw);

}  // namespace hilum::model::train
