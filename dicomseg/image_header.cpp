#include "dicomseg/image_header.h"

#include <fmt/format.h>

#include <algorithm>

#include "dicomseg/dicom_access.h"

namespace hilum::dicomseg {
namespace {

/// The item that holds a frame's attributes of one macro: the functional group's item in a
/// multi-frame instance, the data set itself in a classic one.
DcmItem* holder(DcmItem& dataset, const DcmTagKey& macro, int frame_number) {
  if (frame_number == 0) return &dataset;
  return functional_group(dataset, macro, frame_number - 1);
}

std::optional<SlicePlane> plane_of(DcmItem& dataset, int frame_number, int rows, int columns) {
  DcmItem* at = holder(dataset, DCM_PlanePositionSequence, frame_number);
  DcmItem* orientation = holder(dataset, DCM_PlaneOrientationSequence, frame_number);
  DcmItem* measures = holder(dataset, DCM_PixelMeasuresSequence, frame_number);
  if (at == nullptr || orientation == nullptr || measures == nullptr) return std::nullopt;
  const auto position = numbers_of(*at, DCM_ImagePositionPatient, 3);
  const auto cosines = numbers_of(*orientation, DCM_ImageOrientationPatient, 6);
  const auto spacing = numbers_of(*measures, DCM_PixelSpacing, 2);
  if (!position || !cosines || !spacing) return std::nullopt;
  const auto vec = [](const std::vector<double>& v, std::size_t i) -> Vec3 {
    return {v[i], v[i + 1], v[i + 2]};
  };
  return SlicePlane{.position = vec(*position, 0),
                    .row_cosines = vec(*cosines, 0),
                    .column_cosines = vec(*cosines, 3),
                    .rows = rows,
                    .columns = columns,
                    .row_step_mm = (*spacing)[0],
                    .column_step_mm = (*spacing)[1]};
}

std::optional<Rescale> rescale_of(DcmItem& dataset, int frame_number) {
  DcmItem* item = holder(dataset, DCM_PixelValueTransformationSequence, frame_number);
  if (item == nullptr) return std::nullopt;
  const auto slope = number_of(*item, DCM_RescaleSlope);
  const auto intercept = number_of(*item, DCM_RescaleIntercept);
  if (!slope || !intercept) return std::nullopt;
  return Rescale{*slope, *intercept};
}

std::vector<std::string> frame_type_of(DcmItem& dataset, int frame_number) {
  DcmItem* item = holder(dataset, DCM_CTImageFrameTypeSequence, frame_number);
  return item == nullptr ? std::vector<std::string>{} : texts_of(*item, DCM_FrameType);
}

void read_frames(DcmItem& dataset, long count, ImageHeader& header) {
  const bool multi_frame = item_count(dataset, DCM_PerFrameFunctionalGroupsSequence) > 0 ||
                           item_count(dataset, DCM_SharedFunctionalGroupsSequence) > 0;
  for (long i = 0; i < count; ++i) {
    FrameHeader frame;
    frame.number = multi_frame ? static_cast<int>(i + 1) : 0;
    frame.plane = plane_of(dataset, frame.number, header.rows, header.columns);
    frame.rescale = rescale_of(dataset, frame.number);
    if (multi_frame) frame.image_type = frame_type_of(dataset, frame.number);
    if (frame.image_type.empty()) frame.image_type = header.image_type;
    header.frames.push_back(std::move(frame));
  }
}

void read_format(DcmItem& dataset, ImageHeader& header) {
  const auto get = [&](const DcmTagKey& tag) { return int{uint16_of(dataset, tag).value_or(0)}; };
  header.rows = get(DCM_Rows);
  header.columns = get(DCM_Columns);
  header.samples_per_pixel = get(DCM_SamplesPerPixel);
  header.format.bits_allocated = get(DCM_BitsAllocated);
  header.format.bits_stored = get(DCM_BitsStored);
  header.format.high_bit = get(DCM_HighBit);
  header.format.sign = get(DCM_PixelRepresentation) == 1 ? PixelFormat::Sign::kTwosComplement
                                                         : PixelFormat::Sign::kUnsigned;
  header.format.padding_value = pattern_of(dataset, DCM_PixelPaddingValue);
  header.format.padding_limit = pattern_of(dataset, DCM_PixelPaddingRangeLimit);
}

}  // namespace

bool is_ct_class(std::string_view sop_class) {
  return sop_class == kCtImageStorage || sop_class == kEnhancedCtImageStorage ||
         sop_class == kLegacyConvertedEnhancedCtImageStorage;
}

bool FrameHeader::is_localizer() const {
  return std::find(image_type.begin(), image_type.end(), "LOCALIZER") != image_type.end();
}

Result<ImageHeader> read_image_header(const std::filesystem::path& file) {
  DcmFileFormat format;
  if (auto loaded = load_header(file, format); !loaded) return std::move(loaded).error();
  DcmDataset& dataset = *format.getDataset();

  ImageHeader header;
  header.file = file;
  header.sop = text_of(dataset, DCM_SOPInstanceUID);
  header.sop_class = text_of(dataset, DCM_SOPClassUID);
  header.transfer_syntax = DcmXfer(dataset.getOriginalXfer()).getXferID();
  header.study = text_of(dataset, DCM_StudyInstanceUID);
  header.series = text_of(dataset, DCM_SeriesInstanceUID);
  header.frame_of_reference = text_of(dataset, DCM_FrameOfReferenceUID);
  header.modality = text_of(dataset, DCM_Modality);
  header.description = text_of(dataset, DCM_SeriesDescription);
  header.body_part = text_of(dataset, DCM_BodyPartExamined);
  header.rescale_type = text_of(dataset, DCM_RescaleType);
  header.image_type = texts_of(dataset, DCM_ImageType);
  read_format(dataset, header);
  if (header.rows == 0 || header.columns == 0) return header;  // no image: a report, raw data...

  const long frames = integer_of(dataset, DCM_NumberOfFrames).value_or(1);
  if (frames < 1 || frames > kMaxFrames) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("SOP instance {}: {} frames, 1 to {} are read", header.sop, frames,
                             kMaxFrames)};
  }
  read_frames(dataset, frames, header);
  return header;
}

}  // namespace hilum::dicomseg
