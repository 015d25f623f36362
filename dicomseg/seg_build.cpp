#include <dcmtk/dcmfg/fgderimg.h>
#include <dcmtk/dcmfg/fgfracon.h>
#include <dcmtk/dcmfg/fgpixmsr.h>
#include <dcmtk/dcmfg/fgplanor.h>
#include <dcmtk/dcmfg/fgplanpo.h>
#include <dcmtk/dcmiod/cielabutil.h>
#include <dcmtk/dcmseg/segdoc.h>
#include <dcmtk/dcmseg/segment.h>

#include <cmath>
#include <mutex>

#include "dicomseg/dcmtk_error.h"
#include "dicomseg/seg_iod.h"
#include "dicomseg/seg_texts.h"

namespace hilum::dicomseg {
namespace {

/// Stand for values of the source until complete_seg writes them. dcmseg refuses UIDs with leading
/// zeros (pipeline/adr/0002) and DS values of more than 16 characters, and scanners make both.
constexpr const char* kPlaceholderNumber = "1";
constexpr const char* kPlaceholderUid = "2.25.1";

/// Remembers the first failure of a row of DCMTK calls.
class FirstFailure {
 public:
  FirstFailure& operator<<(const OFCondition& condition) {
    if (first_.good()) first_ = condition;
    return *this;
  }
  [[nodiscard]] const OFCondition& condition() const { return first_; }

 private:
  OFCondition first_ = EC_Normal;
};

OFString of(const std::string& text) { return {text.data(), text.size()}; }

CodeSequenceMacro code_of(const CodedConcept& concept_) {
  return {of(concept_.value), of(concept_.scheme), of(concept_.meaning)};
}

void describe_algorithm(DcmSegment& segment, const ModelInfo& model, FirstFailure& done) {
  AlgorithmIdentificationMacro& algorithm = segment.getSegmentationAlgorithmIdentification();
  // CID 7162: 123110, not 123109, which is Manual Processing.
  done << algorithm.getAlgorithmFamilyCode().set("123110", "DCM", "Artificial Intelligence")
       << algorithm.setAlgorithmName(of(model.name))
       << algorithm.setAlgorithmVersion(of(model.version))
       << algorithm.setAlgorithmParameters(of(algorithm_parameters(model)))
       << algorithm.setAlgorithmSource("Hilum");
}

/// RGB -> CIELab as DICOM scales it (PS3.3 C.10.7.1.1), rounded.
void set_colour(DcmSegment& segment, const std::array<std::uint8_t, 3>& rgb, FirstFailure& done) {
  constexpr double kFull = 255.0;
  double lab[3];
  IODCIELabUtil::rgb2DicomLab(lab[0], lab[1], lab[2], rgb[0] / kFull, rgb[1] / kFull,
                              rgb[2] / kFull);
  const auto rounded = [](double value) { return static_cast<Uint16>(std::lround(value)); };
  done << segment.setRecommendedDisplayCIELabValue(rounded(lab[0]), rounded(lab[1]),
                                                   rounded(lab[2]));
}

OFCondition add_segment(DcmSegmentation& seg, const SegInput& input, std::size_t index) {
  const ModelInfo& model = input.request.model;
  const SegmentSpec& spec = model.segments[index];
  const std::uint64_t voxels = input.plan.voxels[index];
  DcmSegment* created = nullptr;
  FirstFailure done;
  done << DcmSegment::create(created, of(spec.label), code_of(spec.category), code_of(spec.type),
                             DcmSegTypes::SAT_AUTOMATIC, of(model.name));
  std::unique_ptr<DcmSegment> segment(created);
  if (segment == nullptr) return done.condition();

  // Modifier vectors own what is pushed into them.
  if (spec.type_modifier) {
    segment->getSegmentedPropertyTypeModifierCode().push_back(
        new CodeSequenceMacro(code_of(*spec.type_modifier)));  // NOLINT
  }
  if (spec.anatomic_region) {
    GeneralAnatomyMacro& anatomy = segment->getGeneralAnatomyCode();
    anatomy.getAnatomicRegion() = code_of(*spec.anatomic_region);
    if (spec.region_modifier) {
      anatomy.getAnatomicRegionModifier().push_back(
          new CodeSequenceMacro(code_of(*spec.region_modifier)));  // NOLINT
    }
  }
  const double ml = static_cast<double>(voxels) * input.request.labels.geometry.voxel_ml();
  done << segment->setSegmentDescription(of(segment_description(voxels, ml)));
  describe_algorithm(*segment, model, done);
  set_colour(*segment, spec.rgb, done);
  const std::string number = std::to_string(index + 1);
  done << segment->setTrackingID(of(spec.label))
       << segment->setTrackingUID(
              of(derived_uid("tracking/" + input.request.uids.sop.str() + "/" + number)));
  if (done.condition().good()) {
    Uint16 given = 0;
    done << seg.addSegment(segment.release(), given);
  }
  return done.condition();
}

OFCondition add_shared_groups(DcmSegmentation& seg) {
  const char* const n = kPlaceholderNumber;
  FGPixelMeasures measures;
  FGPlaneOrientationPatient orientation;
  FirstFailure done;
  done << measures.setPixelSpacing("1\\1") << measures.setSliceThickness(n)
       << measures.setSpacingBetweenSlices(n)
       << orientation.setImageOrientationPatient(n, n, n, n, n, n) << seg.addForAllFrames(measures)
       << seg.addForAllFrames(orientation);
  return done.condition();
}

/// Per-frame groups: dimension indices; place and source image as placeholders.
OFCondition add_frame(DcmSegmentation& seg, const SegFrame& frame, std::vector<Uint8>& empty_mask) {
  FirstFailure done;
  FGFrameContent content;
  done << content.setDimensionIndexValues(static_cast<Uint32>(frame.segment), 0)
       << content.setDimensionIndexValues(static_cast<Uint32>(frame.position_index), 1);
  FGPlanePosPatient place;
  done << place.setImagePositionPatient(kPlaceholderNumber, kPlaceholderNumber, kPlaceholderNumber);
  ImageSOPInstanceReferenceMacro image;
  done << image.setReferencedSOPClassUID(kPlaceholderUid)
       << image.setReferencedSOPInstanceUID(kPlaceholderUid);
  OFVector<ImageSOPInstanceReferenceMacro> images;
  images.push_back(image);
  const std::unique_ptr<FGDerivationImage> derivation(
      DcmSegmentation::createDerivationImageFG(images, ""));
  if (derivation == nullptr) return EC_MemoryExhausted;

  OFVector<FGBase*> groups;
  groups.push_back(&content);
  groups.push_back(&place);
  groups.push_back(derivation.get());
  if (done.condition().good()) {
    done << seg.addFrame(empty_mask.data(), static_cast<Uint16>(frame.segment), groups);
  }
  return done.condition();
}

void describe_instance(DcmSegmentation& seg, const SegInput& input, FirstFailure& done) {
  const SegRequest& request = input.request;
  IODMultiframeDimensionModule& dimensions = seg.getDimensions();
  const OFString organization = of(derived_uid("dimensions/" + request.uids.sop.str()));
  done << seg.getStudy().setStudyInstanceUID(kPlaceholderUid)
       << seg.getSeries().setSeriesInstanceUID(of(request.uids.series.str()))
       << seg.getSeries().setSeriesNumber(of(std::to_string(input.options.series_number)))
       << seg.getSeries().setSeriesDescription(of(series_description(input.options, request.model)))
       << seg.getFrameOfReference().setFrameOfReferenceUID(kPlaceholderUid)
       << seg.getSOPCommon().setSOPInstanceUID(of(request.uids.sop.str()))
       << dimensions.addDimensionIndex(DCM_ReferencedSegmentNumber, organization,
                                       DCM_SegmentIdentificationSequence, "Segment Number")
       << dimensions.addDimensionIndex(DCM_ImagePositionPatient, organization,
                                       DCM_PlanePositionSequence, "Image Position Patient");
}

Status write_seg(const SegInput& input, DcmDataset& dataset) {
  const auto& size = input.request.labels.geometry.size;
  const SegEncoderOptions& options = input.options;
  const IODGeneralEquipmentModule::EquipmentInfo equipment(
      of(options.manufacturer), of(options.manufacturer_model_name),
      of(options.device_serial_number), of(options.software_version));
  const ContentIdentificationMacro content(
      "1", "AI_SEGMENTATION",
      of(content_description(input.request.model, input.plan.nothing_found())), "");
  DcmSegmentation* created = nullptr;
  FirstFailure done;
  done << DcmSegmentation::createBinarySegmentation(
      created, static_cast<Uint16>(size[1]), static_cast<Uint16>(size[2]), equipment, content);
  const std::unique_ptr<DcmSegmentation> seg(created);
  if (seg == nullptr) {
    return to_error(done.condition(), ErrorCode::kInternal, "create the segmentation");
  }
  // Both checks are quadratic in the number of frames and miss errors; complete_seg checks.
  seg->setCheckFGOnWrite(OFFalse);
  seg->setCheckDimensionsOnWrite(OFFalse);
  describe_instance(*seg, input, done);
  for (std::size_t i = 0; i < input.request.model.segments.size(); ++i) {
    done << add_segment(*seg, input, i);
  }
  if (done.condition().good()) done << add_shared_groups(*seg);
  // dcmseg packs wrongly unless rows * columns is a multiple of 8; complete_seg writes the pixels.
  std::vector<Uint8> empty_mask(static_cast<std::size_t>(size[1]) *
                                static_cast<std::size_t>(size[2]));
  for (const SegFrame& frame : input.plan.frames) {
    if (done.condition().bad()) break;
    done << add_frame(*seg, frame, empty_mask);
  }
  if (done.condition().good()) done << seg->writeDataset(dataset);
  if (done.condition().bad()) {
    return to_error(done.condition(), ErrorCode::kInternal, "build the segmentation");
  }
  return ok();
}

}  // namespace

Status build_seg(const SegInput& input, DcmDataset& dataset) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  return write_seg(input, dataset);
}

}  // namespace hilum::dicomseg
