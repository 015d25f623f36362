#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmsr/cmr/tid1500.h>
#include <dcmtk/dcmsr/codes/dcm.h>
#include <dcmtk/dcmsr/dsrdoc.h>

#include <mutex>
#include <set>

#include "dicomseg/dcmtk_error.h"
#include "dicomseg/dcmtk_setup.h"
#include "dicomseg/first_failure.h"
#include "dicomseg/report_iod.h"

namespace hilum::dicomseg {
namespace {

using Report = TID1500_MeasurementReport;
using RoiGroup = Report::TID1411_Measurements;
using PlainGroup = Report::TID1501_Measurements;
using RoiMeasurement = RoiGroup::TID1419_Measurement;
using PlainMeasurement = PlainGroup::TID300_Measurement;

/// UIDs come from the source as they are, with leading zeros too (pipeline/adr/0002), and from
/// checked texts: dcmsr's checks would refuse the former.
constexpr OFBool kUnchecked = OFFalse;

OFString of(std::string_view text) { return {text.data(), text.size()}; }

DSRCodedEntryValue code_of(const CodedConcept& concept_) {
  return {of(concept_.value), of(concept_.scheme), of(concept_.meaning)};
}

/// The images by their UIDs; what all of them share, once for the group.
void add_image_library(Report& report, const ReportInput& input, FirstFailure& done) {
  TID1600_ImageLibrary& library = report.getImageLibrary();
  done << library.createNewImageLibrary() << library.addImageGroup();
  std::set<std::string> written;
  for (const SourceFrame& frame : input.request.source.frames) {
    if (!done.none() || !written.insert(frame.sop.str()).second) continue;
    DcmItem image;
    done << image.putAndInsertOFStringArray(DCM_SOPClassUID, of(frame.sop_class.str()))
         << image.putAndInsertOFStringArray(DCM_SOPInstanceUID, of(frame.sop.str()))
         << library.addImageEntry(image, TID1600_ImageLibrary::withoutDescriptors,
                                  TID1600_ImageLibrary::ConceptNameList(), kUnchecked);
  }
  DcmItem common;
  done << common.putAndInsertString(DCM_Modality, "CT")
       << common.putAndInsertOFStringArray(DCM_FrameOfReferenceUID,
                                           of(input.source.frame_of_reference))
       << library.addImageGroupDescriptors(common, TID1600_ImageLibrary::withAllDescriptors,
                                           TID1600_ImageLibrary::ConceptNameList(), kUnchecked);
}

void identify_algorithm(RoiMeasurement& measurement, const ReportContent& content,
                        FirstFailure& done) {
  done << measurement.setAlgorithmIdentification(of(content.algorithm_name),
                                                 of(content.algorithm_version))
       << measurement.getAlgorithmIdentification().addParameter(of(content.algorithm_parameters));
}

/// TID 300 has the same row, which DCMTK 3.6.7 does not offer.
void identify_algorithm(PlainMeasurement& measurement, const ReportContent& content,
                        FirstFailure& done) {
  TID4019_AlgorithmIdentification algorithm;
  done << algorithm.setIdentification(of(content.algorithm_name), of(content.algorithm_version))
       << algorithm.addParameter(of(content.algorithm_parameters));
  measurement.gotoRoot();
  done << measurement.insertExtraTemplate(algorithm, DSRTypes::AM_belowCurrent,
                                          DSRTypes::RT_hasConceptMod);
}

/// What both kinds of group have in common.
template <class Group>
void fill_group(Group& to, const ReportGroup& from, const ReportContent& content,
                FirstFailure& done) {
  done << to.setActivitySession("1") << to.setTrackingIdentifier(of(from.name))
       << to.setTrackingUniqueIdentifier(of(from.tracking_uid), kUnchecked);
  if (from.finding) done << to.setFinding(code_of(*from.finding));
  if (from.site) {
    done << to.addFindingSite(code_of(*from.site),
                              from.laterality ? code_of(*from.laterality) : DSRCodedEntryValue());
  }
  for (const ReportMeasurement& measurement : from.measurements) {
    if (!done.none()) return;
    done << to.addMeasurement(
        code_of(measurement.name),
        typename Group::MeasurementValue(of(measurement.value), code_of(measurement.unit)));
    auto& written = to.getMeasurement();
    if (measurement.method) done << written.setMeasurementMethod(code_of(*measurement.method));
    if (measurement.derivation) done << written.setDerivation(code_of(*measurement.derivation));
    identify_algorithm(written, content, done);
  }
}

void refer_to(RoiGroup& group, const WrittenSegment& segment, FirstFailure& done) {
  // dcmsr 3.6.7 takes no label map, whose class it does not know: it is put in afterwards.
  DSRImageReferenceValue image(UID_SegmentationStorage, of(segment.segmentation.str()), kUnchecked);
  image.getSegmentList().addItem(static_cast<Uint16>(segment.number));
  done << group.setReferencedSegment(image, kUnchecked)
       << image.setSOPClassUID(of(segment.segmentation_class.str()), kUnchecked)
       << group.getCurrentContentItem().setImageReference(image, kUnchecked);
}

void add_groups(Report& report, const ReportInput& input, FirstFailure& done) {
  for (const ReportGroup& group : input.content.groups) {
    if (!done.none()) return;
    if (group.segment) {
      done << report.addVolumetricROIMeasurements();
      RoiGroup& to = report.getVolumetricROIMeasurements();
      fill_group(to, group, input.content, done);
      refer_to(to, input.segments[*group.segment], done);
      done << to.setSourceSeriesForSegmentation(of(input.source.series), kUnchecked);
    } else {
      done << report.addIndividualMeasurements();
      fill_group(report.getIndividualMeasurements(), group, input.content, done);
    }
  }
}

void fill_report(Report& report, const ReportInput& input, FirstFailure& done) {
  const Equipment& device = input.options.equipment;
  const std::string device_uid =
      derived_uid("device/" + device.manufacturer + "/" + device.manufacturer_model_name + "/" +
                  device.device_serial_number);
  done << report.createNewMeasurementReport(
              CID7021_MeasurementReportDocumentTitles::ImagingMeasurementReport)
       << report.setLanguage(CID5000_Languages::English_US)
       << report.getObservationContext().addDeviceObserver(
              of(device_uid), of(device.manufacturer_model_name), of(device.manufacturer),
              of(device.manufacturer_model_name), of(device.device_serial_number))
       << report.addProcedureReported(
              CID100_QuantitativeDiagnosticImagingProcedures::CTUnspecifiedBodyRegion);
  add_image_library(report, input, done);
  add_groups(report, input, done);
  for (const auto* texts : {&input.content.notices, &input.content.remarks}) {
    for (const ReportText& text : *texts) {
      done << report.addQualitativeEvaluation(code_of(text.name), of(text.text));
    }
  }
}

void add_evidence(DSRDocument& document, const ReportInput& input, FirstFailure& done) {
  DSRSOPInstanceReferenceList& evidence = document.getCurrentRequestedProcedureEvidence();
  const OFString study = of(input.source.study);
  for (const WrittenSegment& segment : input.segments) {  // one object with several: once
    done << evidence.addItem(study, of(segment.segmentation_series.str()),
                             of(segment.segmentation_class.str()), of(segment.segmentation.str()),
                             kUnchecked);
  }
  for (const SourceFrame& frame : input.request.source.frames) {
    done << evidence.addItem(study, of(input.source.series), of(frame.sop_class.str()),
                             of(frame.sop.str()), kUnchecked);
  }
}

void describe_document(DSRDocument& document, const ReportInput& input, FirstFailure& done) {
  const ReportOptions& options = input.options;
  const OFString designator = of(kPrivateScheme);
  done << document.setSeriesNumber(of(std::to_string(options.series_number)))
       << document.setInstanceNumber("1")
       << document.setManufacturer(of(options.equipment.manufacturer))
       << document.setManufacturerModelName(of(options.equipment.manufacturer_model_name))
       << document.setDeviceSerialNumber(of(options.equipment.device_serial_number))
       << document.setSoftwareVersions(of(options.equipment.software_version))
       << document.getCodingSchemeIdentification().addItem(
              designator, of(derived_uid("coding scheme/99HILUM")), "Hilum coding scheme", "Hilum")
       << document.completeDocument();
}

Status write_document(const ReportInput& input, DcmDataset& dataset) {
  FirstFailure done;
  Report report;
  fill_report(report, input, done);
  DSRDocument document(DSRTypes::DT_EnhancedSR);
  if (done.none()) {
    // A tree of this template makes an Enhanced SR; what refers to volumes is a 3D one.
    done << document.setTreeFromRootTemplate(report)
         << document.changeDocumentType(DSRTypes::DT_Comprehensive3DSR);
  }
  describe_document(document, input, done);
  add_evidence(document, input, done);
  if (done.none()) done << document.write(dataset);
  if (!done.none()) return to_error(done.condition(), ErrorCode::kInternal, "build the report");
  return ok();
}

}  // namespace

Status build_report(const ReportInput& input, DcmDataset& dataset) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  prepare_dcmtk();
  return write_document(input, dataset);
}

}  // namespace hilum::dicomseg
