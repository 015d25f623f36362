#include <fmt/format.h>

#include <cmath>
#include <set>

#include "dicomseg/dataset_writer.h"
#include "dicomseg/dcmtk_error.h"
#include "dicomseg/dicom_access.h"
#include "dicomseg/seg_iod.h"
#include "dicomseg/seg_texts.h"

namespace hilum::dicomseg {
namespace {

void write_times(const SegInput& input, DcmDataset& dataset, DatasetWriter& w) {
  const auto [date, time] =
      date_time(input.request.created_at, text_of(dataset, DCM_TimezoneOffsetFromUTC));
  for (const DcmTagKey& tag : {DCM_InstanceCreationDate, DCM_SeriesDate, DCM_ContentDate}) {
    w.text(tag, date);
  }
  for (const DcmTagKey& tag : {DCM_InstanceCreationTime, DCM_SeriesTime, DCM_ContentTime}) {
    w.text(tag, time);
  }
}

/// General Image and Segmentation Image attributes that dcmseg has no way to write, or overwrites.
void write_image_level(const SegInput& input, DatasetWriter& w) {
  w.text(DCM_BurnedInAnnotation, "NO");
  w.text(DCM_ContentQualification, "RESEARCH");
  w.text(DCM_SegmentsOverlap, "NO");
  w.text(DCM_LossyImageCompression, input.source.lossy ? "01" : "00");
  if (input.source.lossy) {
    w.text(DCM_LossyImageCompressionRatio, input.source.lossy_ratio);
    w.text(DCM_LossyImageCompressionMethod, input.source.lossy_method);
  }
  DcmItem& source = *input.source.first->getDataset();
  w.text(DCM_FrameOfReferenceUID, input.source.frame_of_reference);
  w.text(DCM_PositionReferenceIndicator, text_of(source, DCM_PositionReferenceIndicator));
  if (const std::string body_part = text_of(source, DCM_BodyPartExamined); !body_part.empty()) {
    w.text(DCM_BodyPartExamined, body_part);
  }
}

/// Common Instance Reference (PS3.3 C.12.2): one series with every instance that was segmented.
OFCondition write_references(const SegInput& input, DcmDataset& dataset) {
  dataset.findAndDeleteElement(DCM_ReferencedSeriesSequence);
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

/// Writes the geometry that all frames share, in the words of the source. False when its functional
/// groups are missing.
bool complete_shared(const SegInput& input, DcmItem& groups) {
  constexpr double kPerMillimetre = 1e6;  // spacing to the nanometre: measured, not noise
  DcmItem* measures = item_of(groups, DCM_PixelMeasuresSequence);
  DcmItem* orientation = item_of(groups, DCM_PlaneOrientationSequence);
  if (measures == nullptr || orientation == nullptr) return false;
  const SegSource& source = input.source;
  const std::string spacing =
      decimal_string(std::round(input.spacing_mm * kPerMillimetre) / kPerMillimetre);
  DatasetWriter w(*measures);
  w.text(DCM_PixelSpacing, source.pixel_spacing);
  w.text(DCM_SliceThickness, source.slice_thickness.empty() ? spacing : source.slice_thickness);
  w.text(DCM_SpacingBetweenSlices, spacing);
  DatasetWriter o(*orientation);
  o.text(DCM_ImageOrientationPatient, source.orientation);
  return w.condition().good() && o.condition().good();
}

/// Writes where a frame lies and which image it was made from. False when one of its functional
/// groups is missing.
bool complete_frame(DcmItem& groups, const SourceFrame& from, const std::string& position) {
  DcmItem* place = item_of(groups, DCM_PlanePositionSequence);
  DcmItem* derivation = item_of(groups, DCM_DerivationImageSequence);
  DcmItem* image = derivation == nullptr ? nullptr : item_of(*derivation, DCM_SourceImageSequence);
  if (place == nullptr || image == nullptr ||
      item_of(groups, DCM_FrameContentSequence) == nullptr ||
      item_of(groups, DCM_SegmentIdentificationSequence) == nullptr) {
    return false;
  }
  DatasetWriter p(*place);
  p.text(DCM_ImagePositionPatient, position);
  DatasetWriter w(*image);
  w.text(DCM_ReferencedSOPClassUID, from.sop_class.str());
  w.text(DCM_ReferencedSOPInstanceUID, from.sop.str());
  if (from.frame_number > 0) w.text(DCM_ReferencedFrameNumber, std::to_string(from.frame_number));
  w.text(DCM_SpatialLocationsPreserved, "YES");
  return p.condition().good() && w.condition().good();
}

/// dcmseg reports success even when it wrote no functional groups: look.
Status complete_frames(const SegInput& input, DcmDataset& dataset) {
  DcmSequenceOfItems* frames = nullptr;
  const bool found =
      dataset.findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, frames).good();
  const std::size_t written = found ? static_cast<std::size_t>(frames->card()) : 0;
  if (written != input.plan.frames.size() ||
      item_count(dataset, DCM_SharedFunctionalGroupsSequence) != 1 ||
      integer_of(dataset, DCM_NumberOfFrames) != static_cast<long>(written)) {
    return Error{ErrorCode::kInternal,
                 fmt::format("functional groups of {} frames were written for {} frames", written,
                             input.plan.frames.size())};
  }
  if (!complete_shared(input, *item_of(dataset, DCM_SharedFunctionalGroupsSequence))) {
    return Error{ErrorCode::kInternal, "the shared functional groups are incomplete"};
  }
  std::size_t index = 0;
  for (DcmObject* object = frames->nextInContainer(nullptr); object != nullptr;
       object = frames->nextInContainer(object)) {
    const auto z = static_cast<std::size_t>(input.plan.frames[index++].z);
    if (!complete_frame(dynamic_cast<DcmItem&>(*object), input.request.source.frames[z],
                        input.source.positions[z])) {
      return Error{ErrorCode::kInternal, "a frame has incomplete functional groups"};
    }
  }
  return ok();
}

}  // namespace

Status complete_seg(const SegInput& input, DcmDataset& dataset) {
  if (auto frames = complete_frames(input, dataset); !frames) return frames;
  DatasetWriter w(dataset);
  w.keep(copy_patient_and_study(*input.source.first->getDataset(), dataset));
  w.keep(write_references(input, dataset));
  write_image_level(input, w);
  write_times(input, dataset, w);
  const auto packed = pack_frames(input.request.labels, input.plan.frames);
  w.keep(dataset.putAndInsertUint8Array(DCM_PixelData, packed.data(),
                                        static_cast<unsigned long>(packed.size())));
  if (w.condition().bad()) {
    return to_error(w.condition(), ErrorCode::kInternal, "complete the segmentation");
  }
  return ok();
}

}  // namespace hilum::dicomseg
