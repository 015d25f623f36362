#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>

#include "pipeline/domain/result.h"

namespace hilum {

/// Replaces `file` durably: `write` fills a part file beside it ("<name>.part"), then fsync, rename
/// over `file`, fsync of the directory. After success the content survives a power cut; after a
/// failure `file` is the old one or the complete new one and the part file is gone. Errors: those
/// of `write` and of `errno_error`. Two replacements of one file must not run at once.
Status replace_file(const std::filesystem::path& file,
                    const std::function<Status(const std::filesystem::path& part)>& write);

/// The same with `pieces`, one after the other, as the content.
Status replace_file(const std::filesystem::path& file,
                    std::span<const std::span<const std::byte>> pieces);

}  // namespace hilum
