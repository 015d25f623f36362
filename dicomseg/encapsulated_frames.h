#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixel.h>

#include <cstddef>
#include <vector>

#include "pipeline/domain/result.h"

namespace hilum::dicomseg {

/// Gives the compressed bytes of one frame of encapsulated Pixel Data (PS3.5 A.4), put together
/// from its fragments: all of them for a single frame, one for each frame, or as the Basic Offset
/// Table says. Private to dicomseg/. One thread.
class EncapsulatedFrames {
 public:
  /// `pixels` must outlive it. kInvalidInput when `pixels` is not encapsulated, or when neither the
  /// number of fragments nor an offset table tells where `frames` frames begin.
  static Result<EncapsulatedFrames> of(DcmPixelData& pixels, std::size_t frames);

  /// Frame `index`, 0-based. kInvalidInput when the file ends before its fragments do.
  Result<std::vector<std::byte>> frame(std::size_t index);

 private:
  EncapsulatedFrames(DcmPixelSequence& fragments, std::vector<unsigned long> first)
      : fragments_(&fragments), first_(std::move(first)) {}

  DcmPixelSequence* fragments_;
  std::vector<unsigned long>
      first_;  ///< item of each frame's first fragment, and one past the last
};

}  // namespace hilum::dicomseg
