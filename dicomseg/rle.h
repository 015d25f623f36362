#pragma once

#include <cstddef>
#include <span>

#include "pipeline/domain/result.h"

namespace hilum::dicomseg {

/// Decodes a frame of the transfer syntax RLE Lossless (PS3.5 G) with one sample per pixel into
/// `pixels`, stored pixels in this computer's byte order of `bytes_per_pixel` (1, 2 or 4). Ours,
/// because DCMTK's goes where the offsets in a frame's header say, which may be anywhere.
/// kInvalidInput when the frame is not of that form, or holds fewer pixels; more are passed over.
Status decode_rle(std::span<const std::byte> frame, int bytes_per_pixel,
                  std::span<std::byte> pixels);

}  // namespace hilum::dicomseg
