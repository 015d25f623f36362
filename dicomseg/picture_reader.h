#pragma once

#include <filesystem>
#include <vector>

#include "pipeline/domain/png_file.h"
#include "pipeline/domain/result.h"

namespace hilum::dicomseg {

/// The frames of a Secondary Capture as `write_pictures` writes it: RGB by pixel, 8 bits, not
/// compressed. kUnsupported for others, kInvalidInput when pixels are missing.
Result<std::vector<RgbImage>> read_pictures(const std::filesystem::path& file);

}  // namespace hilum::dicomseg
