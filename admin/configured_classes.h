#pragma once

#include <span>
#include <vector>

#include "config/config.h"
#include "model/standard_classes.h"
#include "pipeline/domain/result.h"

namespace hilum::admin {

/// The classes that `[[class]]` asks for. A label of the model (in upper or lower case) keeps its
/// codes, colour and, unless another one is given, its prompt; a new label gets the codes of its
/// vessel and side (SNOMED CT, as in `standard_classes`), a colour like theirs, and needs a prompt.
/// kInvalidInput names the class and what is missing.
Result<std::vector<model::ModelClass>> configured_classes(
    std::span<const config::ClassConfig> wanted, std::span<const model::ModelClass> of_model);

}  // namespace hilum::admin
