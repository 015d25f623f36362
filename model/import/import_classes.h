#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/standard_classes.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// A class by its label, with the prompt that it was trained with.
struct ClassPrompt {
  std::string label;
  std::string prompt;
};

/// Splits "LABEL=PROMPT" at the first '='. kInvalidInput when one of them is empty.
Result<ClassPrompt> parse_class_prompt(std::string_view text);

/// The classes of a network with `count` of them. With as many as the standard ones: those, in
/// their order, with the prompts in `prompts` instead of the paper's. With another number:
/// `prompts` must name each of them, in the network's order. Labels are those of
/// `standard_classes`, whatever their case, because they decide the codes in results. kInvalidInput
/// when a label is not known or named twice, or the number is wrong.
Result<std::vector<ModelClass>> import_classes(int count, const std::vector<ClassPrompt>& prompts);

}  // namespace hilum::model
