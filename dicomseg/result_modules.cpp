#include "dicomseg/result_modules.h"

#include "dicomseg/dicom_access.h"
#include "dicomseg/result_texts.h"

namespace hilum::dicomseg {

void write_equipment(const Equipment& equipment, DatasetWriter& w) {
  w.text(DCM_Manufacturer, equipment.manufacturer);
  w.text(DCM_ManufacturerModelName, equipment.manufacturer_model_name);
  w.text(DCM_DeviceSerialNumber, equipment.device_serial_number);
  w.text(DCM_SoftwareVersions, equipment.software_version);
}

void write_times(Time created_at, DcmItem& dataset, DatasetWriter& w) {
  const auto [date, time] = date_time(created_at, text_of(dataset, DCM_TimezoneOffsetFromUTC));
  for (const DcmTagKey& tag : {DCM_InstanceCreationDate, DCM_SeriesDate, DCM_ContentDate}) {
    w.text(tag, date);
  }
  for (const DcmTagKey& tag : {DCM_InstanceCreationTime, DCM_SeriesTime, DCM_ContentTime}) {
    w.text(tag, time);
  }
}

void write_lossy(const SegSource& source, DatasetWriter& w) {
  w.text(DCM_LossyImageCompression, source.lossy ? "01" : "00");
  if (!source.lossy) return;
  w.text(DCM_LossyImageCompressionRatio, source.lossy_ratio);
  w.text(DCM_LossyImageCompressionMethod, source.lossy_method);
}

void write_body_part(const SegSource& source, DatasetWriter& w) {
  const std::string body_part = text_of(*source.first->getDataset(), DCM_BodyPartExamined);
  if (!body_part.empty()) w.text(DCM_BodyPartExamined, body_part);
}

}  // namespace hilum::dicomseg
