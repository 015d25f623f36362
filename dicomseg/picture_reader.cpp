#include "dicomseg/picture_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "dicomseg/dicom_access.h"

namespace hilum::dicomseg {

Result<std::vector<RgbImage>> read_pictures(const std::filesystem::path& file) {
  DcmFileFormat format;
  if (auto loaded = load_lazily(file, format); !loaded) return std::move(loaded).error();
  DcmDataset& dataset = *format.getDataset();
  if (text_of(dataset, DCM_PhotometricInterpretation) != "RGB" ||
      uint16_of(dataset, DCM_BitsAllocated) != 8 ||
      uint16_of(dataset, DCM_PlanarConfiguration) != 0 ||
      DcmXfer(dataset.getOriginalXfer()).isEncapsulated()) {
    return Error{ErrorCode::kUnsupported, "read pictures: not RGB by pixel of 8 bits"};
  }
  const std::size_t rows = uint16_of(dataset, DCM_Rows).value_or(0);
  const std::size_t columns = uint16_of(dataset, DCM_Columns).value_or(0);
  const long frames = std::max(1L, integer_of(dataset, DCM_NumberOfFrames).value_or(1));
  const std::size_t frame_bytes = rows * columns * 3;
  const Uint8* bytes = nullptr;
  unsigned long count = 0;
  if (dataset.findAndGetUint8Array(DCM_PixelData, bytes, &count).bad() || bytes == nullptr ||
      frame_bytes == 0 || count / frame_bytes < static_cast<unsigned long>(frames)) {
    return Error{ErrorCode::kInvalidInput, "read pictures: pixels are missing"};
  }
  std::vector<RgbImage> pictures;
  for (long i = 0; i < frames; ++i, bytes += frame_bytes) {
    pictures.push_back({static_cast<int>(columns), static_cast<int>(rows),
                        std::vector<std::uint8_t>(bytes, bytes + frame_bytes)});
  }
  return pictures;
}

}  // namespace hilum::dicomseg
