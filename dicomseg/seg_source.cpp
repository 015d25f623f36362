#include "dicomseg/seg_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "dicomseg/dicom_access.h"

namespace hilum::dicomseg {
namespace {

Error invalid(const SourceFrame& frame, std::string_view why) {
  return {ErrorCode::kInvalidInput, fmt::format("SOP instance {}: {}", frame.sop.str(), why)};
}

DcmItem* holder(DcmItem& dataset, const DcmTagKey& group, int frame_number) {
  return frame_number == 0 ? &dataset : functional_group(dataset, group, frame_number - 1);
}

Status read_position(DcmItem& dataset, const SourceFrame& frame, SegSource& source) {
  DcmItem* at = holder(dataset, DCM_PlanePositionSequence, frame.frame_number);
  if (at == nullptr || texts_of(*at, DCM_ImagePositionPatient).size() != 3) {
    return invalid(frame, "no image position");
  }
  source.positions.push_back(text_of(*at, DCM_ImagePositionPatient));
  return ok();
}

Status read_first(DcmItem& dataset, const SourceFrame& frame, SegSource& source) {
  DcmItem* orientation = holder(dataset, DCM_PlaneOrientationSequence, frame.frame_number);
  DcmItem* measures = holder(dataset, DCM_PixelMeasuresSequence, frame.frame_number);
  if (orientation == nullptr || measures == nullptr) return invalid(frame, "no geometry");
  source.orientation = text_of(*orientation, DCM_ImageOrientationPatient);
  source.pixel_spacing = text_of(*measures, DCM_PixelSpacing);
  source.slice_thickness = text_of(*measures, DCM_SliceThickness);
  source.study = text_of(dataset, DCM_StudyInstanceUID);
  source.series = text_of(dataset, DCM_SeriesInstanceUID);
  source.frame_of_reference = text_of(dataset, DCM_FrameOfReferenceUID);
  if (source.orientation.empty() || source.pixel_spacing.empty()) {
    return invalid(frame, "no image orientation or pixel spacing");
  }
  if (source.study.empty() || source.series.empty() || source.frame_of_reference.empty()) {
    return invalid(frame, "no Study, Series or Frame of Reference UID");
  }
  return ok();
}

/// Compression method (0028,2114) of the lossy transfer syntaxes (PS3.3 C.7.6.1.1.5.1); empty for
/// all others.
std::string lossy_method_of(E_TransferSyntax syntax) {
  switch (syntax) {
    case EXS_JPEGProcess1:
    case EXS_JPEGProcess2_4:
      return "ISO_10918_1";
    case EXS_JPEGLSLossy:
      return "ISO_14495_1";
    case EXS_JPEG2000:
      return "ISO_15444_1";
    default:
      return {};
  }
}

/// Ratio when the source states none: native size over file size.
std::string estimated_ratio(DcmItem& dataset, const std::filesystem::path& file) {
  std::error_code error;
  const auto size = static_cast<double>(std::filesystem::file_size(file, error));
  const double native = 2.0 * uint16_of(dataset, DCM_Rows).value_or(0) *
                        uint16_of(dataset, DCM_Columns).value_or(0) *
                        static_cast<double>(integer_of(dataset, DCM_NumberOfFrames).value_or(1));
  return fmt::format("{:.2f}", error || size <= 0 ? 1.0 : std::max(1.0, native / size));
}

void read_lossy(DcmDataset& dataset, const std::filesystem::path& file, SegSource& source) {
  const std::string method = lossy_method_of(dataset.getOriginalXfer());
  if (text_of(dataset, DCM_LossyImageCompression) != "01" && method.empty()) return;
  if (source.lossy) return;  // the first lossy source speaks for all
  source.lossy = true;
  source.lossy_ratio = text_of(dataset, DCM_LossyImageCompressionRatio);
  source.lossy_method = text_of(dataset, DCM_LossyImageCompressionMethod);
  if (source.lossy_ratio.empty()) source.lossy_ratio = estimated_ratio(dataset, file);
  if (source.lossy_method.empty()) source.lossy_method = method.empty() ? "ISO_10918_1" : method;
}

// References to the study's and patient's own management objects are left behind: those classes are
// retired, and sources hold broken ones.
const DcmTagKey kTakenOver[] = {
    DCM_SpecificCharacterSet,
    DCM_TimezoneOffsetFromUTC,
    // Patient (C.7.1.1)
    DCM_PatientName,
    DCM_PatientID,
    DCM_IssuerOfPatientID,
    DCM_TypeOfPatientID,
    DCM_IssuerOfPatientIDQualifiersSequence,
    DCM_SourcePatientGroupIdentificationSequence,
    DCM_GroupOfPatientsIdentificationSequence,
    DCM_PatientBirthDate,
    DCM_PatientBirthTime,
    DCM_PatientBirthDateInAlternativeCalendar,
    DCM_PatientDeathDateInAlternativeCalendar,
    DCM_PatientAlternativeCalendar,
    DCM_PatientSex,
    DCM_QualityControlSubject,
    DCM_RETIRED_OtherPatientIDs,
    DCM_OtherPatientIDsSequence,
    DCM_OtherPatientNames,
    DCM_ReferencedPatientPhotoSequence,
    DCM_EthnicGroup,
    DCM_PatientComments,
    DCM_PatientSpeciesDescription,
    DCM_PatientSpeciesCodeSequence,
    DCM_PatientBreedDescription,
    DCM_PatientBreedCodeSequence,
    DCM_BreedRegistrationSequence,
    DCM_StrainDescription,
    DCM_ResponsiblePerson,
    DCM_ResponsiblePersonRole,
    DCM_ResponsibleOrganization,
    DCM_PatientIdentityRemoved,
    DCM_DeidentificationMethod,
    DCM_DeidentificationMethodCodeSequence,
    // Patient Study (C.7.2.2)
    DCM_AdmittingDiagnosesDescription,
    DCM_AdmittingDiagnosesCodeSequence,
    DCM_PatientAge,
    DCM_PatientSize,
    DCM_PatientSizeCodeSequence,
    DCM_PatientBodyMassIndex,
    DCM_MeasuredAPDimension,
    DCM_MeasuredLateralDimension,
    DCM_PatientWeight,
    DCM_MedicalAlerts,
    DCM_Allergies,
    DCM_SmokingStatus,
    DCM_PregnancyStatus,
    DCM_LastMenstrualDate,
    DCM_PatientState,
    DCM_Occupation,
    DCM_AdditionalPatientHistory,
    DCM_AdmissionID,
    DCM_IssuerOfAdmissionIDSequence,
    DCM_ReasonForVisit,
    DCM_ReasonForVisitCodeSequence,
    DCM_ServiceEpisodeID,
    DCM_IssuerOfServiceEpisodeIDSequence,
    DCM_ServiceEpisodeDescription,
    DCM_PatientSexNeutered,
    // General Study (C.7.2.1)
    DCM_StudyInstanceUID,
    DCM_StudyDate,
    DCM_StudyTime,
    DCM_AccessionNumber,
    DCM_IssuerOfAccessionNumberSequence,
    DCM_ReferringPhysicianName,
    DCM_ReferringPhysicianIdentificationSequence,
    DCM_ConsultingPhysicianName,
    DCM_ConsultingPhysicianIdentificationSequence,
    DCM_StudyID,
    DCM_StudyDescription,
    DCM_PhysiciansOfRecord,
    DCM_PhysiciansOfRecordIdentificationSequence,
    DCM_NameOfPhysiciansReadingStudy,
    DCM_PhysiciansReadingStudyIdentificationSequence,
    DCM_RequestingService,
    DCM_RequestingServiceCodeSequence,
    DCM_ProcedureCodeSequence,
    DCM_ReasonForPerformedProcedureCodeSequence,
    // Clinical Trial Subject and Study (C.7.1.3, C.7.2.3)
    DCM_ClinicalTrialSponsorName,
    DCM_ClinicalTrialProtocolID,
    DCM_ClinicalTrialProtocolName,
    DCM_ClinicalTrialSiteID,
    DCM_ClinicalTrialSiteName,
    DCM_ClinicalTrialSubjectID,
    DCM_ClinicalTrialSubjectReadingID,
    DCM_ClinicalTrialProtocolEthicsCommitteeName,
    DCM_ClinicalTrialProtocolEthicsCommitteeApprovalNumber,
    DCM_ClinicalTrialTimePointID,
    DCM_ClinicalTrialTimePointDescription,
    DCM_LongitudinalTemporalOffsetFromEvent,
    DCM_LongitudinalTemporalEventType,
    DCM_ConsentForClinicalTrialUseSequence,
};

/// Attributes that must be there, empty if need be (type 2 of the modules above).
const DcmTagKey kType2[] = {DCM_PatientName, DCM_PatientID,       DCM_PatientBirthDate,
                            DCM_PatientSex,  DCM_StudyDate,       DCM_StudyTime,
                            DCM_StudyID,     DCM_AccessionNumber, DCM_ReferringPhysicianName};

}  // namespace

Result<SegSource> read_seg_source(const LoadedSeries& loaded) {
  SegSource source;
  std::unique_ptr<DcmFileFormat> file;
  const SourceFrame* opened = nullptr;
  for (const SourceFrame& frame : loaded.frames) {
    if (opened == nullptr || opened->file != frame.file) {
      if (file != nullptr && source.first == nullptr) source.first = std::move(file);
      // The header of slice 0 is kept; its frames may be met again only in a file of its own.
      file = std::make_unique<DcmFileFormat>();
      if (auto read = load_header(frame.file, *file); !read) {
        return std::move(read).error().in("SOP instance " + frame.sop.str());
      }
      opened = &frame;
      read_lossy(*file->getDataset(), frame.file, source);
    }
    DcmDataset& dataset = *file->getDataset();
    if (text_of(dataset, DCM_SOPInstanceUID) != frame.sop.str()) {
      return Error{ErrorCode::kConflict, "the file of SOP instance " + frame.sop.str() +
                                             " holds another instance by now"};
    }
    if (source.positions.empty()) {
      if (auto read = read_first(dataset, frame, source); !read) return std::move(read).error();
    }
    if (auto read = read_position(dataset, frame, source); !read) return std::move(read).error();
  }
  if (source.first == nullptr) source.first = std::move(file);
  if (source.first == nullptr) {
    return Error{ErrorCode::kInternal, "a segmentation needs source images"};
  }
  return source;
}

OFCondition copy_patient_and_study(DcmItem& from, DcmItem& to) {
  OFCondition result = EC_Normal;
  for (const DcmTagKey& tag : kTakenOver) {
    to.findAndDeleteElement(tag);  // absent is fine
    DcmElement* original = nullptr;
    if (from.findAndGetElement(tag, original).bad() || original == nullptr) continue;
    std::unique_ptr<DcmObject> copy(original->clone());
    auto* element = dynamic_cast<DcmElement*>(copy.get());
    if (element == nullptr) return EC_MemoryExhausted;
    result = to.insert(element, OFTrue);
    if (result.bad()) return result;
    copy.release();  // NOLINT(bugprone-unused-return-value): the data set owns it now
  }
  for (const DcmTagKey& tag : kType2) {
    if (!to.tagExists(tag)) result = to.insertEmptyElement(tag);
    if (result.bad()) return result;
  }
  return result;
}

}  // namespace hilum::dicomseg
