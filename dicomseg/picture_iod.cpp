#include "dicomseg/picture_iod.h"

#include <fmt/format.h>

#include <cstdint>
#include <set>
#include <string_view>

#include "dicomseg/dataset_writer.h"
#include "dicomseg/dcmtk_error.h"
#include "dicomseg/dicom_access.h"
#include "dicomseg/result_modules.h"
#include "dicomseg/result_texts.h"

namespace hilum::dicomseg {
namespace {

/// General Series (PS3.3 C.7.3.1), General Equipment (C.7.5.1), SC Equipment (C.8.6.1).
void write_series_level(const PictureInput& input, DatasetWriter& w) {
  const PictureSeriesOptions& o = input.options;
  w.text(DCM_Modality, "OT");
  w.text(DCM_SeriesInstanceUID, input.request.identity.series("pictures").str());
  w.text(DCM_SeriesNumber, std::to_string(o.series_number));
  w.text(DCM_SeriesDescription,
         series_description(o.series_description, input.request.model, input.request.findings));
  write_body_part(input.source, w);
  // Where the source does not say the body part it may have to say Laterality, if only as empty
  // (PS3.3 C.7.3.1); and so have we. Segmentations have their anatomic regions instead.
  DcmItem& source = *input.source.first->getDataset();
  if (source.tagExists(DCM_Laterality)) w.text(DCM_Laterality, text_of(source, DCM_Laterality));
  w.text(DCM_ConversionType, "WSD");
  write_equipment(o.equipment, w);
}

/// General Image (PS3.3 C.7.6.1), Image Pixel (C.7.6.3).
void write_image_level(const PictureInput& input, const RgbImage& image, DatasetWriter& w) {
  const ModelInfo& model = input.request.model;
  w.text(DCM_ImageType, "DERIVED\\SECONDARY");
  w.text(DCM_PatientOrientation, "");  // the page has none; letters are in the pixels
  w.text(DCM_DerivationDescription,
         fmt::format("CT with the labels of {} {} in colour", model.name, model.version));
  w.text(DCM_BurnedInAnnotation, "YES");
  write_lossy(input.source, w);
  constexpr std::uint16_t kBits = 8;
  w.uint16(DCM_SamplesPerPixel, 3);
  w.text(DCM_PhotometricInterpretation, "RGB");
  w.uint16(DCM_PlanarConfiguration, 0);
  w.uint16(DCM_Rows, static_cast<std::uint16_t>(image.height));
  w.uint16(DCM_Columns, static_cast<std::uint16_t>(image.width));
  w.uint16(DCM_BitsAllocated, kBits);
  w.uint16(DCM_BitsStored, kBits);
  w.uint16(DCM_HighBit, kBits - 1);
  w.uint16(DCM_PixelRepresentation, 0);
}

/// Names an instance; returns the item to add to, or nullptr.
DcmItem* add_reference(DatasetWriter& w, const DcmTagKey& sequence, const SourceFrame& frame) {
  DcmItem* item = w.new_item(sequence);
  if (item == nullptr) return nullptr;
  DatasetWriter reference(*item);
  reference.text(DCM_ReferencedSOPClassUID, frame.sop_class.str());
  reference.text(DCM_ReferencedSOPInstanceUID, frame.sop.str());
  w.keep(reference.condition());
  return item;
}

/// General Reference (PS3.3 C.12.4) and Common Instance Reference (C.12.2).
void write_references(const PictureInput& input, DatasetWriter& w) {
  DcmItem* item = w.new_item(DCM_ReferencedSeriesSequence);
  if (item == nullptr) return;
  DatasetWriter of_series(*item);
  of_series.text(DCM_SeriesInstanceUID, input.source.series);
  std::set<std::string_view> written;
  for (const SourceFrame& frame : input.request.source.frames) {
    if (!written.insert(frame.sop.str()).second) continue;
    add_reference(of_series, DCM_ReferencedInstanceSequence, frame);
    DcmItem* image = add_reference(w, DCM_SourceImageSequence, frame);
    if (image == nullptr) break;
    DatasetWriter of_image(*image);
    if (DcmItem* purpose = of_image.new_item(DCM_PurposeOfReferenceCodeSequence)) {
      DatasetWriter code(*purpose);
      code.text(DCM_CodeValue, "121322");
      code.text(DCM_CodingSchemeDesignator, "DCM");
      code.text(DCM_CodeMeaning, "Source Image for Image Processing Operation");
      of_image.keep(code.condition());
    }
    w.keep(of_image.condition());
  }
  w.keep(of_series.condition());
}

/// At most 16 characters (SH): what stands before the first comma.
std::string frame_label(const Picture& picture) {
  constexpr std::size_t kShortString = 16;
  const std::string head = picture.title.substr(0, picture.title.find(','));
  return head.substr(0, kShortString);
}

/// Multi-frame (PS3.3 C.7.6.6), SC Multi-frame Image and Vector (C.8.6.3, C.8.6.4): frames are
/// pages with labels.
void write_frames(std::span<const Picture> pictures, DcmDataset& dataset, DatasetWriter& w) {
  std::string pages;
  std::string labels;
  std::string comments;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    pages += fmt::format("{}{}", i == 0 ? "" : "\\", i + 1);
    labels += fmt::format("{}{}", i == 0 ? "" : "\\", frame_label(pictures[i]));
    comments += fmt::format("{}{}: {}", i == 0 ? "" : "\r\n", i + 1, pictures[i].title);
  }
  w.text(DCM_NumberOfFrames, std::to_string(pictures.size()));
  w.text(DCM_ImageComments, comments);
  if (pictures.size() == 1) return;  // the rest is for several frames only
  w.text(DCM_PageNumberVector, pages);
  w.text(DCM_FrameLabelVector, labels);
  w.keep(dataset.putAndInsertString(DCM_FrameIncrementPointer, "(0018,2001)\\(0018,2002)"));
}

void write_pixels(std::span<const Picture> pictures, DcmDataset& dataset, DatasetWriter& w) {
  std::vector<std::uint8_t> all;
  std::span<const std::uint8_t> pixels = pictures.front().image.pixels;
  if (pictures.size() > 1) {
    all.reserve(pixels.size() * pictures.size());
    for (const auto& [image, title] : pictures) {
      all.insert(all.end(), image.pixels.begin(), image.pixels.end());
    }
    pixels = all;
  }
  w.keep(dataset.putAndInsertUint8Array(DcmTag(DCM_PixelData, EVR_OB), pixels.data(),
                                        static_cast<unsigned long>(pixels.size())));
}

}  // namespace

Status build_picture_object(const PictureInput& input, DcmDataset& dataset) {
  DatasetWriter w(dataset);
  w.keep(copy_patient_and_study(*input.source.first->getDataset(), dataset));
  w.text(DCM_SOPInstanceUID, input.sop.str());
  w.text(DCM_InstanceNumber, std::to_string(input.number));
  write_series_level(input, w);
  write_times(input.request.created_at, dataset, w);
  write_image_level(input, input.pictures.front().image, w);
  if (input.kind == ViewerProfile::Pictures::kMultiFrame) {
    w.text(DCM_SOPClassUID, UID_MultiframeTrueColorSecondaryCaptureImageStorage);
    write_frames(input.pictures, dataset, w);
  } else {
    w.text(DCM_SOPClassUID, UID_SecondaryCaptureImageStorage);
    w.text(DCM_ImageComments, input.pictures.front().title);
  }
  write_references(input, w);
  write_pixels(input.pictures, dataset, w);
  if (w.condition().bad()) {
    return to_error(w.condition(), ErrorCode::kInternal, "compose the pictures");
  }
  return ok();
}

}  // namespace hilum::dicomseg
