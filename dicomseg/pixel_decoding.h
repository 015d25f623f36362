#pragma once

#include <string>
#include <string_view>

namespace hilum::dicomseg {

/// Who turns the pixels of a transfer syntax into stored pixels in this build.
enum class PixelDecoding {
  kNative,      ///< nobody needs to
  kRle,         ///< we do
  kDcmtk,       ///< JPEG, JPEG-LS
  kOpenJpeg,    ///< JPEG 2000 and, where DCMTK knows its UIDs, HTJ2K
  kImpossible,  ///< video, JPEG 2000 of several components, what DCMTK cannot read
};
PixelDecoding pixel_decoding(const std::string& transfer_syntax);

/// Whether a JPEG 2000 transfer syntax promises the pixels as they were.
bool is_lossless_jpeg2000(std::string_view transfer_syntax);

}  // namespace hilum::dicomseg
