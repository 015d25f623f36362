#include "dicomseg/rgb_canvas.h"

#include <algorithm>

namespace hilum::dicomseg {
namespace {

std::ptrdiff_t offset(const RgbImage& image, int x, int y) {
  return (static_cast<std::ptrdiff_t>(y) * image.width + x) * 3;
}

}  // namespace

RgbImage blank_image(int width, int height) {
  const auto pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  return {width, height, std::vector<std::uint8_t>(pixels * 3)};
}

void fill(RgbImage& image, const PixelRect& rect, const Rgb& rgb) {
  const int left = std::max(rect.x, 0);
  const int right = std::min(rect.x + rect.width, image.width);
  const int bottom = std::min(rect.y + rect.height, image.height);
  for (int y = std::max(rect.y, 0); y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      std::copy(rgb.begin(), rgb.end(), image.pixels.begin() + offset(image, x, y));
    }
  }
}

void paste(RgbImage& image, const RgbImage& part, int x, int y) {
  const int left = std::max(-x, 0);
  const int right = std::min(part.width, image.width - x);
  if (left >= right) return;
  for (int row = std::max(-y, 0); row < std::min(part.height, image.height - y); ++row) {
    std::copy_n(part.pixels.begin() + offset(part, left, row), (right - left) * 3,
                image.pixels.begin() + offset(image, x + left, y + row));
  }
}

}  // namespace hilum::dicomseg
