#pragma once

#include <filesystem>
#include <string>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// SHA-256 of a file's bytes, 64 lower-case hexadecimal digits. kNotFound when it cannot be opened,
/// kInternal when it cannot be read to its end.
Result<std::string> file_digest(const std::filesystem::path& file);

}  // namespace hilum::model
