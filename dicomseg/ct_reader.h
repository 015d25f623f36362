#pragma once

#include <cstddef>

#include "pipeline/domain/ports.h"

namespace hilum::dicomseg {

/// Largest number of voxels of one volume: 2^30, 2 GiB as int16 (1024 slices of 1024 x 1024).
inline constexpr std::size_t kMaxVoxels = std::size_t{1} << 30;
/// Largest number of rows or columns.
inline constexpr int kMaxMatrix = 4096;

/// Reads CT Image, Enhanced CT Image and Legacy Converted Enhanced CT Image Storage into a volume
/// in HU. Transfer syntaxes: native (implicit, explicit, big endian, deflated), RLE, JPEG baseline,
/// extended and lossless, JPEG-LS. Memory beside the volume: headers and one frame.
///
/// Images that are missing or unevenly spaced are bridged as `order_slices` says, with a doubt.
/// Left out, with a note: localizers, instances that are no CT image, repeated SOP instances.
/// Refused, naming the SOP instance or the positions: what `order_slices` and `PixelSource` refuse,
/// missing geometry or rescale, several series or frames of reference, more than kMaxVoxels.
/// Files that cannot be read are kInvalidInput, exhausted memory is kNoSpace, after a stop request
/// it is kCancelled.
///
/// Stateless; safe from any thread, also several at once.
class CtReader : public SeriesReader {
 public:
  Result<SeriesFacts> inspect(std::span<const std::filesystem::path> files) override;
  Result<LoadedSeries> read(std::span<const std::filesystem::path> files,
                            std::stop_token stop) override;
};

}  // namespace hilum::dicomseg
