#include "dicomseg/dataset_writer.h"
#include "dicomseg/dcmtk_error.h"
#include "dicomseg/dicom_access.h"
#include "dicomseg/report_iod.h"
#include "dicomseg/result_modules.h"
#include "dicomseg/result_texts.h"

namespace hilum::dicomseg {
Status complete_report(const ReportInput& input, DcmDataset& dataset) {
  const ResultIdentity& identity = input.request.identity;
  DatasetWriter w(dataset);
  w.keep(copy_patient_and_study(*input.source.first->getDataset(), dataset));
  w.text(DCM_SeriesInstanceUID, identity.series("report").str());
  w.text(DCM_SOPInstanceUID, identity.sop("report").str());
  w.text(DCM_SeriesDescription, series_description(input.options.series_description,
                                                   input.request.model, input.request.findings));
  dataset.findAndDeleteElement(DCM_InstanceCreatorUID);  // it would name DCMTK's makers
  write_times(input.request.created_at, dataset, w);
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
