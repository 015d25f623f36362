#pragma once

#include <cstddef>
#include <span>

#include "dicomseg/hu_conversion.h"
#include "pipeline/domain/result.h"

namespace hilum::dicomseg {

/// What the data set says of an image that a codestream must agree with.
struct ExpectedImage {
  int rows = 0;
  int columns = 0;
  PixelFormat format;
  enum class Coding { kLossless, kPerhapsLossy };
  Coding coding = Coding::kLossless;  ///< by the transfer syntax
};

/// Decodes one JPEG 2000 (ISO 15444-1) or, with OpenJPEG 2.5 and later, HTJ2K (15444-15) codestream
/// of one component into stored pixels, native endian, `rows * columns` of bits_allocated. What
/// came in a JP2 file is found in it. The size is checked against the expected one before anything
/// is allocated by it. kInvalidInput, with the reason, for another size, sign or precision than the
/// data set's, and for a codestream that is damaged or ends early: half an image is never returned.
/// Precondition: `pixels` has rows * columns * bits_allocated / 8 bytes.
Status decode_jpeg2000(std::span<const std::byte> codestream, const ExpectedImage& expected,
                       std::span<std::byte> pixels);

}  // namespace hilum::dicomseg
