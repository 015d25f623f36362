#include "pipeline/domain/png_file.h"

#include <png.h>

#include <cerrno>

namespace hilum {

Status write_png(const RgbImage& image, const std::filesystem::path& file) {
  if (image.width <= 0 || image.height <= 0 ||
      image.pixels.size() !=
          static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3) {
    return Error{ErrorCode::kInvalidInput, "write a picture: its pixels do not fit its size"};
  }
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_RGB;
  constexpr int kStrideFromWidth = 0;
  if (png_image_write_to_file(&png, file.c_str(), 0, image.pixels.data(), kStrideFromWidth,
                              nullptr) == 0) {
    const ErrorCode code = errno == ENOSPC ? ErrorCode::kNoSpace : ErrorCode::kUnavailable;
    return Error{code, "write " + file.filename().string() + ": " + png.message};
  }
  return ok();
}

}  // namespace hilum
