#include <cmath>
#include <memory>

#include "dicomseg/seg_iod.h"
#include "dicomseg/slice_order.h"

/// Where every frame lies and which image it was made from.
namespace hilum::dicomseg {
namespace {

/// Appends items without looking for a free place: a result has a thousand frames.
class ItemAppender {
 public:
  explicit ItemAppender(const DcmTagKey& sequence)
      : sequence_(std::make_unique<DcmSequenceOfItems>(sequence)) {}

  DcmItem& add() {
    auto item = std::make_unique<DcmItem>();
    DcmItem& added = *item;
    if (sequence_->append(item.get()).good()) item.release();
    return added;
  }
  OFCondition insert_into(DcmItem& parent) {
    const OFCondition inserted = parent.insert(sequence_.get(), OFTrue);
    if (inserted.good()) sequence_.release();
    return inserted;
  }

 private:
  std::unique_ptr<DcmSequenceOfItems> sequence_;
};

void write_dimension(DatasetWriter& dataset, const std::string& organization,
                     const DcmTagKey& pointer, const DcmTagKey& group, std::string_view label) {
  DcmItem* item = dataset.new_item(DCM_DimensionIndexSequence);
  if (item == nullptr) return;
  DatasetWriter w(*item);
  w.text(DCM_DimensionOrganizationUID, organization);
  w.keep(item->putAndInsertTagKey(DCM_DimensionIndexPointer, pointer));
  w.keep(item->putAndInsertTagKey(DCM_FunctionalGroupPointer, group));
  w.text(DCM_DimensionDescriptionLabel, label);
  dataset.keep(w.condition());
}

void write_dimensions(const SegInput& input, DatasetWriter& w) {
  const std::string organization = input.request.identity.uid("dimensions/" + input.layout.name);
  if (DcmItem* item = w.new_item(DCM_DimensionOrganizationSequence)) {
    DatasetWriter(*item).text(DCM_DimensionOrganizationUID, organization);
  }
  if (!input.is_label_map()) {
    write_dimension(w, organization, DCM_ReferencedSegmentNumber, DCM_SegmentIdentificationSequence,
                    "Segment Number");
  }
  write_dimension(w, organization, DCM_ImagePositionPatient, DCM_PlanePositionSequence,
                  "Image Position Patient");
}

double spacing_along_normal(const Geometry& geometry) {
  const SlicePlane plane{.row_cosines = geometry.step_mm(0), .column_cosines = geometry.step_mm(1)};
  const Vec3 normal = slice_normal(plane);  // of any length of the two steps
  const Vec3 step = geometry.step_mm(2);
  return std::abs(step[0] * normal[0] + step[1] * normal[1] + step[2] * normal[2]);
}

/// Whether images lie one slice apart, but for missing ones. Readers build a regular volume from
/// Spacing Between Slices: the step of a grid that was made for uneven images would leave gaps in
/// it.
bool are_spaced_by_slices(const LoadedSeries& source) {
  std::ptrdiff_t next_to_each_other = 0;
  for (std::size_t i = 1; i < source.frames.size(); ++i) {
    next_to_each_other += source.frames[i].slice == source.frames[i - 1].slice + 1 ? 1 : 0;
  }
  return 2 * next_to_each_other > std::ssize(source.frames) - 1;
}

void write_shared(const SegInput& input, DatasetWriter& dataset) {
  constexpr double kPerMillimetre = 1e6;  // spacing to the nanometre: measured, not noise
  DcmItem* groups = dataset.new_item(DCM_SharedFunctionalGroupsSequence);
  if (groups == nullptr) return;
  DatasetWriter shared(*groups);
  const double spacing_mm = spacing_along_normal(input.request.labels.geometry);
  const std::string spacing =
      decimal_string(std::round(spacing_mm * kPerMillimetre) / kPerMillimetre);
  const std::string& thickness = input.source.slice_thickness;
  if (DcmItem* item = shared.new_item(DCM_PixelMeasuresSequence)) {
    DatasetWriter w(*item);
    w.text(DCM_PixelSpacing, input.source.pixel_spacing);
    w.text(DCM_SliceThickness, thickness.empty() ? spacing : thickness);
    if (are_spaced_by_slices(input.request.source)) w.text(DCM_SpacingBetweenSlices, spacing);
    shared.keep(w.condition());
  }
  if (DcmItem* item = shared.new_item(DCM_PlaneOrientationSequence)) {
    DatasetWriter w(*item);
    w.text(DCM_ImageOrientationPatient, input.source.orientation);
    shared.keep(w.condition());
  }
  dataset.keep(shared.condition());
}

void write_content(const SegFrame& frame, DatasetWriter& groups) {
  DcmItem* item = groups.new_item(DCM_FrameContentSequence);
  if (item == nullptr) return;
  const Uint32 position = static_cast<Uint32>(frame.position_index);
  const Uint32 both[] = {static_cast<Uint32>(frame.segment), position};
  const bool all_segments = frame.segment == 0;
  groups.keep(item->putAndInsertUint32Array(DCM_DimensionIndexValues,
                                            all_segments ? &position : both, all_segments ? 1 : 2));
}

void write_derivation(const SourceFrame& from, DatasetWriter& groups) {
  DcmItem* derivation = groups.new_item(DCM_DerivationImageSequence);
  if (derivation == nullptr) return;
  const auto code = [](DcmItem& parent, const DcmTagKey& sequence, const char* value,
                       const char* meaning) {
    DatasetWriter p(parent);
    DcmItem* item = p.new_item(sequence);
    if (item == nullptr) return p.condition();
    DatasetWriter w(*item);
    w.text(DCM_CodeValue, value);
    w.text(DCM_CodingSchemeDesignator, "DCM");
    w.text(DCM_CodeMeaning, meaning);
    return w.condition();
  };
  groups.keep(code(*derivation, DCM_DerivationCodeSequence, "113076", "Segmentation"));
  DatasetWriter d(*derivation);
  DcmItem* image = d.new_item(DCM_SourceImageSequence);
  if (image == nullptr) return groups.keep(d.condition());
  DatasetWriter w(*image);
  w.text(DCM_ReferencedSOPClassUID, from.sop_class.str());
  w.text(DCM_ReferencedSOPInstanceUID, from.sop.str());
  if (from.frame_number > 0) w.text(DCM_ReferencedFrameNumber, std::to_string(from.frame_number));
  w.text(DCM_SpatialLocationsPreserved, "YES");
  groups.keep(w.condition());
  groups.keep(code(*image, DCM_PurposeOfReferenceCodeSequence, "121322",
                   "Source Image for Image Processing Operation"));
}

OFCondition write_frame(const SegInput& input, const SegFrame& frame, DcmItem& item) {
  DatasetWriter groups(item);
  write_derivation(input.request.source.frames[frame.image], groups);
  write_content(frame, groups);
  if (DcmItem* place = groups.new_item(DCM_PlanePositionSequence)) {
    DatasetWriter w(*place);
    w.text(DCM_ImagePositionPatient, input.source.positions[frame.image]);
    groups.keep(w.condition());
  }
  if (frame.segment == 0) return groups.condition();
  if (DcmItem* segment = groups.new_item(DCM_SegmentIdentificationSequence)) {
    DatasetWriter w(*segment);
    w.uint16(DCM_ReferencedSegmentNumber, static_cast<std::uint16_t>(frame.segment));
    groups.keep(w.condition());
  }
  return groups.condition();
}

}  // namespace

OFCondition write_frames(const SegInput& input, DcmItem& dataset) {
  DatasetWriter w(dataset);
  write_dimensions(input, w);
  write_shared(input, w);
  ItemAppender frames(DCM_PerFrameFunctionalGroupsSequence);
  for (const SegFrame& frame : input.plan.frames) w.keep(write_frame(input, frame, frames.add()));
  w.keep(frames.insert_into(dataset));
  w.text(DCM_NumberOfFrames, std::to_string(input.plan.frames.size()));
  return w.condition();
}

}  // namespace hilum::dicomseg
