#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// Writes `pieces`, one after the other, to `file` so that after a crash the file is either the old
/// one or the complete new one: a part file beside it, fsync, rename, fsync of the directory.
/// kNoSpace when the disk is full, kNotFound when the directory does not exist.
Status replace_file(const std::filesystem::path& file,
                    std::span<const std::span<const std::byte>> pieces);

}  // namespace hilum::model
