#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "pipeline/domain/ports.h"

namespace hilum::dicomseg {

/// What a site may choose about its segmentations. All texts are printable ASCII without
/// backslashes, because they are written beside texts in the character set of the source.
struct SegEncoderOptions {
  int series_number = 9001;  ///< outside the numbers that scanners use
  /// First part of the Series Description, at most kMaxSeriesDescription characters.
  std::string series_description = "Pulmonary vessels (AI)";
  std::string manufacturer = "Hilum";
  std::string manufacturer_model_name = "Hilum segmentation node";
  std::string device_serial_number = "1";
  std::string software_version = "0.1.0";
};
/// Leaves room for the marks "UNTRAINED TEST MODEL" and "not for clinical use" in 64 characters.
inline constexpr std::size_t kMaxSeriesDescription = 42;

/// Writes a binary segmentation (Segmentation Storage, 1.2.840.10008.5.1.4.1.1.66.4, PS3.3 A.51) in
/// Explicit VR Little Endian: one instance in a series of its own, in the study of the source and
/// on its voxel grid. Frames are segment-major without empty ones; a segment without voxels keeps
/// its number and one empty frame, so a result in which nothing was found can be stored and seen.
///
/// Patient and study attributes, DS strings of the geometry and the character set are those of the
/// source, byte for byte. The same request gives the same bytes.
///
/// Fails with kInvalidInput for texts that do not fit their attributes and sources without
/// geometry, kConflict when a source file changed since it was read, kNoSpace when the disk is
/// full. Safe from any thread; calls take turns where DCMTK is not thread-safe.
class DcmSegEncoder : public SegEncoder {
 public:
  explicit DcmSegEncoder(SegEncoderOptions options = {}) : options_(std::move(options)) {}

  Result<EncodedSeg> encode(const SegRequest& request, const std::filesystem::path& file) override;
  [[nodiscard]] std::string settings() const override;

 private:
  Result<EncodedSeg> encode_or_throw(const SegRequest& request, const std::filesystem::path& file);

  const SegEncoderOptions options_;
};

}  // namespace hilum::dicomseg
