#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "pipeline/domain/result.h"

namespace hilum {

/// 8-bit RGB, rows from top to bottom, three bytes per pixel.
struct RgbImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
};

/// Writes a PNG file. kUnavailable when it cannot be written, kInvalidInput for an empty image.
Status write_png(const RgbImage& image, const std::filesystem::path& file);

}  // namespace hilum
