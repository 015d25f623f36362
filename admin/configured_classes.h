#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "model/standard_classes.h"
#include "pipeline/domain/result.h"

namespace hilum::admin {

/// The classes that are asked for by their labels (upper and lower case do not matter): those that
/// `[[class]]` describes, or else those of the model. No labels: all that are described, or, when
/// none is, the model's.
///
/// A described class with a label of the model keeps its codes, colour and, unless another one is
/// given, its prompt; a new label gets the codes of its vessel and side (SNOMED CT, as in
/// `standard_classes`), a colour like theirs, and needs a prompt. kInvalidInput names the class and
/// what is missing.
Result<std::vector<model::ModelClass>> configured_classes(
    std::span<const std::string> labels, std::span<const config::ClassConfig> described,
    std::span<const model::ModelClass> of_model);

}  // namespace hilum::admin
