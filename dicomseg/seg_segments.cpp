#include <dcmtk/dcmiod/cielabutil.h>

#include <cmath>

#include "dicomseg/result_texts.h"
#include "dicomseg/seg_iod.h"

/// What the segments are: labels, codes, colours, algorithm, tracking.
namespace hilum::dicomseg {
namespace {

void write_code(DatasetWriter& parent, const DcmTagKey& sequence, const CodedConcept& code,
                DcmItem** written = nullptr) {
  DcmItem* item = parent.new_item(sequence);
  if (item == nullptr) return;
  DatasetWriter w(*item);
  w.text(DCM_CodeValue, code.value);
  w.text(DCM_CodingSchemeDesignator, code.scheme);
  w.text(DCM_CodeMeaning, code.meaning);
  parent.keep(w.condition());
  if (written != nullptr) *written = item;
}

/// A code with a modifier within its item, as 3D Slicer and Weasis read sides.
void write_modified_code(DatasetWriter& parent, const DcmTagKey& sequence, const CodedConcept& code,
                         const DcmTagKey& modifier_sequence,
                         const std::optional<CodedConcept>& modifier) {
  DcmItem* item = nullptr;
  write_code(parent, sequence, code, &item);
  if (item == nullptr || !modifier) return;
  DatasetWriter w(*item);
  write_code(w, modifier_sequence, *modifier);
  parent.keep(w.condition());
}

void write_algorithm(DatasetWriter& segment, const ModelInfo& model) {
  DcmItem* item = segment.new_item(DCM_SegmentationAlgorithmIdentificationSequence);
  if (item == nullptr) return;
  DatasetWriter w(*item);
  // CID 7162: 123110, not 123109, which is Manual Processing.
  write_code(w, DCM_AlgorithmFamilyCodeSequence, {"123110", "DCM", "Artificial Intelligence"});
  w.text(DCM_AlgorithmName, model.name);
  w.text(DCM_AlgorithmVersion, model.version);
  w.text(DCM_AlgorithmParameters, algorithm_parameters(model));
  w.text(DCM_AlgorithmSource, "Hilum");
  segment.keep(w.condition());
}

/// RGB -> CIELab as DICOM scales it (PS3.3 C.10.7.1.1), rounded.
void write_colour(DcmItem& segment, DatasetWriter& w, const std::array<std::uint8_t, 3>& rgb) {
  constexpr double kFull = 255.0;
  double lab[3];
  IODCIELabUtil::rgb2DicomLab(lab[0], lab[1], lab[2], rgb[0] / kFull, rgb[1] / kFull,
                              rgb[2] / kFull);
  Uint16 values[3];
  for (std::size_t i = 0; i < 3; ++i) values[i] = static_cast<Uint16>(std::lround(lab[i]));
  w.keep(segment.putAndInsertUint16Array(DCM_RecommendedDisplayCIELabValue, values, 3));
}

OFCondition write_segment(const SegInput& input, std::size_t index, DcmItem& item) {
  const ModelInfo& model = input.request.model;
  const SegmentSpec& spec = input.layout.segments[index].spec;
  const std::uint64_t voxels = input.plan.voxels[index];
  const double ml = static_cast<double>(voxels) * input.request.labels.geometry.voxel_ml();
  DatasetWriter w(item);
  w.uint16(DCM_SegmentNumber, static_cast<std::uint16_t>(index + 1));
  w.text(DCM_SegmentLabel, spec.label);
  w.text(DCM_SegmentDescription, segment_description(voxels, ml));
  write_code(w, DCM_SegmentedPropertyCategoryCodeSequence, spec.category);
  write_modified_code(w, DCM_SegmentedPropertyTypeCodeSequence, spec.type,
                      DCM_SegmentedPropertyTypeModifierCodeSequence, spec.type_modifier);
  if (spec.anatomic_region) {
    write_modified_code(w, DCM_AnatomicRegionSequence, *spec.anatomic_region,
                        DCM_AnatomicRegionModifierSequence, spec.region_modifier);
  }
  w.text(DCM_SegmentAlgorithmType, "AUTOMATIC");
  w.text(DCM_SegmentAlgorithmName, model.name);
  write_algorithm(w, model);
  write_colour(item, w, spec.rgb);
  w.text(DCM_TrackingID, spec.label);
  w.text(DCM_TrackingUID, input.tracking_uid(index));
  return w.condition();
}

}  // namespace

std::string SegInput::tracking_uid(std::size_t segment) const {
  return request.identity.uid("tracking/" + layout.name + "/" + std::to_string(segment + 1));
}

OFCondition write_segments(const SegInput& input, DcmItem& dataset) {
  DatasetWriter w(dataset);
  w.text(DCM_SegmentationType, input.is_label_map() ? "LABELMAP" : "BINARY");
  w.text(DCM_SegmentsOverlap, "NO");
  for (std::size_t i = 0; i < input.layout.segments.size(); ++i) {
    DcmItem* item = w.new_item(DCM_SegmentSequence);
    if (item == nullptr) break;
    w.keep(write_segment(input, i, *item));
  }
  return w.condition();
}

}  // namespace hilum::dicomseg
