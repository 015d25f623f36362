#include <set>

#include "dicomseg/dcmtk_error.h"
#include "dicomseg/dicom_access.h"
#include "dicomseg/frame_pixels.h"
#include "dicomseg/result_modules.h"
#include "dicomseg/result_texts.h"
#include "dicomseg/seg_iod.h"

/// The modules of a segmentation that are neither segments nor frames.
namespace hilum::dicomseg {
namespace {

void write_identity(const SegInput& input, DatasetWriter& w) {
  const ResultIdentity& identity = input.request.identity;
  w.text(DCM_SOPClassUID,
         input.is_label_map() ? kLabelMapSegmentationStorage : UID_SegmentationStorage);
  w.text(DCM_SOPInstanceUID, identity.sop(input.layout.name).str());
  w.text(DCM_SeriesInstanceUID, identity.series(input.layout.name).str());
  w.text(DCM_Modality, "SEG");
  w.text(DCM_SeriesNumber, std::to_string(input.options.series_number));
  w.text(DCM_SeriesDescription,
         series_description(
             input.layout.title.empty() ? input.options.series_description : input.layout.title,
             input.request.model, input.request.findings));
  w.text(DCM_InstanceNumber, "1");
  w.text(DCM_ImageType, "DERIVED\\PRIMARY");
  w.text(DCM_ContentLabel, "AI_SEGMENTATION");
  w.text(DCM_ContentDescription, content_description(input.request.model, input.request.findings,
                                                     input.plan.nothing_found()));
  w.text(DCM_ContentCreatorName, "");
  if (const std::string comments = image_comments(input.request.findings); !comments.empty()) {
    w.text(DCM_ImageComments, comments);
  }
}

/// General Image and Frame of Reference attributes, most of them the source's.
void write_image_level(const SegInput& input, DatasetWriter& w) {
  w.text(DCM_BurnedInAnnotation, "NO");
  w.text(DCM_ContentQualification, "RESEARCH");
  write_lossy(input.source, w);
  write_body_part(input.source, w);
  DcmItem& source = *input.source.first->getDataset();
  w.text(DCM_FrameOfReferenceUID, input.source.frame_of_reference);
  w.text(DCM_PositionReferenceIndicator, text_of(source, DCM_PositionReferenceIndicator));
}

/// Common Instance Reference (PS3.3 C.12.2): one series with every instance that was segmented.
OFCondition write_references(const SegInput& input, DcmItem& dataset) {
  DatasetWriter root(dataset);
  DcmItem* series = root.new_item(DCM_ReferencedSeriesSequence);
  if (series == nullptr) return root.condition();
  DatasetWriter w(*series);
  w.text(DCM_SeriesInstanceUID, input.source.series);
  std::set<std::string> written;
  for (const SourceFrame& frame : input.request.source.frames) {
    if (!written.insert(frame.sop.str()).second) continue;
    DcmItem* instance = w.new_item(DCM_ReferencedInstanceSequence);
    if (instance == nullptr) break;
    DatasetWriter reference(*instance);
    reference.text(DCM_ReferencedSOPClassUID, frame.sop_class.str());
    reference.text(DCM_ReferencedSOPInstanceUID, frame.sop.str());
    w.keep(reference.condition());
  }
  return w.condition();
}

}  // namespace

OFCondition write_pixels(const SegInput& input, DcmItem& dataset) {
  const auto& size = input.request.labels.geometry.size;
  const int bits = input.is_label_map() ? 8 : 1;
  DatasetWriter w(dataset);
  w.uint16(DCM_SamplesPerPixel, 1);
  w.text(DCM_PhotometricInterpretation, "MONOCHROME2");
  w.uint16(DCM_Rows, static_cast<std::uint16_t>(size[1]));
  w.uint16(DCM_Columns, static_cast<std::uint16_t>(size[2]));
  w.uint16(DCM_BitsAllocated, static_cast<std::uint16_t>(bits));
  w.uint16(DCM_BitsStored, static_cast<std::uint16_t>(bits));
  w.uint16(DCM_HighBit, static_cast<std::uint16_t>(bits - 1));
  w.uint16(DCM_PixelRepresentation, 0);
  if (input.is_label_map()) w.pattern(DCM_PixelPaddingValue, 0, EVR_US);  // background

  const std::size_t slice = static_cast<std::size_t>(size[1]) * static_cast<std::size_t>(size[2]);
  const std::size_t bytes = pixel_bytes(input.plan.frames.size(), slice, bits);
  auto pixels = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, EVR_OB));
  // Written where they stay: a second copy of all frames would be the peak of the process.
  Uint8* into = nullptr;
  w.keep(pixels->createUint8Array(static_cast<Uint32>(bytes), into));
  if (w.condition().bad() || into == nullptr) return EC_MemoryExhausted;
  const std::span<std::uint8_t> room(into, bytes);
  if (input.is_label_map()) {
    number_frames(input.request.labels, input.layout, input.plan.frames, room);
  } else {
    pack_frames(input.request.labels, input.layout, input.plan.frames, room);
  }
  w.keep(dataset.insert(pixels.get(), OFTrue));
  if (w.condition().good()) pixels.release();  // NOLINT: the data set owns it now
  return w.condition();
}

Status write_dataset(const SegInput& input, DcmDataset& dataset) {
  DatasetWriter w(dataset);
  w.keep(copy_patient_and_study(*input.source.first->getDataset(), dataset));
  write_identity(input, w);
  write_equipment(input.options.equipment, w);
  write_times(input.request.created_at, dataset, w);
  write_image_level(input, w);
  w.keep(write_references(input, dataset));
  w.keep(write_segments(input, dataset));
  w.keep(write_frames(input, dataset));
  w.keep(write_pixels(input, dataset));
  if (w.condition().bad()) {
    return to_error(w.condition(), ErrorCode::kInternal, "build the segmentation");
  }
  return ok();
}

}  // namespace hilum::dicomseg
