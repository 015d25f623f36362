#pragma once

#include <filesystem>
#include <functional>

#include "pipeline/domain/result.h"

namespace hilum::dicomseg {

/// Replaces `file` durably: `write` fills a part file beside it ("<name>.part"), then fsync, rename
/// over `file`, fsync of the directory. After success the content survives a power cut; after a
/// failure `file` is as it was and the part file is gone. A full disk is kNoSpace.
Status save_durably(const std::filesystem::path& file,
                    const std::function<Status(const std::filesystem::path& part)>& write);

}  // namespace hilum::dicomseg
