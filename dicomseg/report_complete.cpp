#include "dicomseg/dataset_writer.h"
#include "dicomseg/dcmtk_error.h"
#include "dicomseg/dicom_access.h"
#include "dicomseg/report_iod.h"
#include "dicomseg/seg_texts.h"

namespace hilum::dicomseg {
namespace {

std::string description(const ReportInput& input) {
  const std::string& own = input.options.series_description;
  return input.request.model.trained ? own + ", not for clinical use"
                                     : "UNTRAINED TEST MODEL " + own;
}

void write_times(const ReportInput& input, DcmDataset& dataset, DatasetWriter& w) {
  const auto [date, time] =
      date_time(input.request.created_at, text_of(dataset, DCM_TimezoneOffsetFromUTC));
  for (const DcmTagKey& tag : {DCM_InstanceCreationDate, DCM_SeriesDate, DCM_ContentDate}) {
    w.text(tag, date);
  }
  for (const DcmTagKey& tag : {DCM_InstanceCreationTime, DCM_SeriesTime, DCM_ContentTime}) {
    w.text(tag, time);
  }
}

}  // namespace

Status complete_report(const ReportInput& input, DcmDataset& dataset) {
  const ResultIdentity& identity = input.request.identity;
  DatasetWriter w(dataset);
  w.keep(copy_patient_and_study(*input.source.first->getDataset(), dataset));
  w.text(DCM_SeriesInstanceUID, identity.series("report").str());
  w.text(DCM_SOPInstanceUID, identity.sop("report").str());
  w.text(DCM_SeriesDescription, description(input));
  dataset.findAndDeleteElement(DCM_InstanceCreatorUID);  // it would name DCMTK's makers
  write_times(input, dataset, w);
  if (w.condition().bad()) {
    return to_error(w.condition(), ErrorCode::kInternal, "complete the report");
  }
  // dcmsr leaves out what it cannot write, with a message only.
  if (text_of(dataset, DCM_VerificationFlag) != "UNVERIFIED" ||
      item_of(dataset, DCM_ContentSequence) == nullptr ||
      item_count(dataset, DCM_CurrentRequestedProcedureEvidenceSequence) != 1) {
    return Error{ErrorCode::kInternal, "the report was written incompletely"};
  }
  return ok();
}

}  // namespace hilum::dicomseg
