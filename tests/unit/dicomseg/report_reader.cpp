#include <stdexcept>

#include "dicomseg/dicom_access.h"
#include "tests/unit/dicomseg/report_source.h"

namespace hilum::test {
namespace {

std::string meaning_in(DcmItem& item, const DcmTagKey& sequence) {
  DcmItem* code = item_of(item, sequence);
  return code == nullptr ? "" : text_of(*code, DCM_CodeMeaning);
}

void read_value(DcmItem& from, SrItem& item) {
  if (item.type == "NUM") {
    DcmItem* measured_value = item_of(from, DCM_MeasuredValueSequence);
    if (measured_value == nullptr) throw std::runtime_error("NUM without value");
    item.value = text_of(*measured_value, DCM_NumericValue);
    item.unit = text_of(*item_of(*measured_value, DCM_MeasurementUnitsCodeSequence), DCM_CodeValue);
  } else if (item.type == "TEXT") {
    item.value = text_of(from, DCM_TextValue);
  } else if (item.type == "UIDREF") {
    item.value = text_of(from, DCM_UID);
  } else if (item.type == "CODE") {
    item.value = meaning_in(from, DCM_ConceptCodeSequence);
  } else if (item.type == "IMAGE") {
    DcmItem* image = item_of(from, DCM_ReferencedSOPSequence);
    if (image == nullptr) throw std::runtime_error("IMAGE without reference");
    item.value = text_of(*image, DCM_ReferencedSOPInstanceUID);
    item.unit = text_of(*image, DCM_ReferencedSOPClassUID);
    item.segment = uint16_of(*image, DCM_ReferencedSegmentNumber).value_or(0);
  }
}

SrItem read_item(DcmItem& from) {
  SrItem item;
  item.type = text_of(from, DCM_ValueType);
  item.concept_ = meaning_in(from, DCM_ConceptNameCodeSequence);
  if (DcmItem* name = item_of(from, DCM_ConceptNameCodeSequence)) {
    item.scheme = text_of(*name, DCM_CodingSchemeDesignator);
  }
  read_value(from, item);
  const std::size_t count = item_count(from, DCM_ContentSequence);
  for (std::size_t i = 0; i < count; ++i) {
    item.items.push_back(read_item(*item_of(from, DCM_ContentSequence, static_cast<long>(i))));
  }
  return item;
}

void load(const fs::path& file, DcmFileFormat& format) {
  if (format.loadFile(file.c_str()).bad()) throw std::runtime_error("cannot read the report");
}

}  // namespace

SrItem read_sr(const fs::path& file) {
  DcmFileFormat format;
  load(file, format);
  return read_item(*format.getDataset());
}

std::vector<std::pair<std::string, std::vector<std::string>>> evidence_of(const fs::path& file) {
  DcmFileFormat format;
  load(file, format);
  std::vector<std::pair<std::string, std::vector<std::string>>> evidence;
  DcmItem* study = item_of(*format.getDataset(), DCM_CurrentRequestedProcedureEvidenceSequence);
  if (study == nullptr) return evidence;
  const std::size_t series_count = item_count(*study, DCM_ReferencedSeriesSequence);
  for (std::size_t s = 0; s < series_count; ++s) {
    DcmItem& series = *item_of(*study, DCM_ReferencedSeriesSequence, static_cast<long>(s));
    auto& one =
        evidence.emplace_back(text_of(series, DCM_SeriesInstanceUID), std::vector<std::string>());
    const std::size_t count = item_count(series, DCM_ReferencedSOPSequence);
    for (std::size_t i = 0; i < count; ++i) {
      DcmItem& instance = *item_of(series, DCM_ReferencedSOPSequence, static_cast<long>(i));
      one.second.push_back(text_of(instance, DCM_ReferencedSOPInstanceUID));
    }
  }
  return evidence;
}

}  // namespace hilum::test
