#pragma once

#include <filesystem>
#include <string>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// The text of a merges file, plain or gzip. kNotFound when there is none; kInvalidInput when it is
/// damaged or its text exceeds `Tokenizer::kMaxMergesBytes`: no more than that is ever expanded.
Result<std::string> read_merges_file(const std::filesystem::path& file);

}  // namespace hilum::model
