#pragma once

#include <array>
#include <cstdint>

#include "pipeline/domain/png_file.h"

/// Private to dicomseg/: filling and pasting of RGB images. What lies outside of the image is cut
/// off.
namespace hilum::dicomseg {

using Rgb = std::array<std::uint8_t, 3>;
inline constexpr Rgb kBlack{0, 0, 0};
inline constexpr Rgb kWhite{255, 255, 255};

struct PixelRect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

RgbImage blank_image(int width, int height);
void fill(RgbImage& image, const PixelRect& rect, const Rgb& rgb);
/// Copies `part` into `image`, its upper left corner to (x, y).
void paste(RgbImage& image, const RgbImage& part, int x, int y);

}  // namespace hilum::dicomseg
