#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/dicomseg/seg_source.h"

/// Patients as hospitals have them, with names in all kinds of character sets, and what a result of
/// theirs must take over byte for byte. All written at `kCreated`.
namespace hilum::test {

/// A series' options for each patient.
inline std::vector<CtSeriesOptions> hospital_patients() {
  std::vector<CtSeriesOptions> patients;
  const auto add = [&](const char* character_set, const char* name) {
    patients.push_back({.character_set = character_set, .patient_name = name});
  };
  add("", "Synthetic^Phantom");
  add("ISO_IR 192", "M\xc3\xbcller^\xce\x91\xce\xbd\xce\xbd\xce\xb1");
  add("ISO_IR 100", "M\xfcller^J\xf6rg");
  add("\\ISO 2022 IR 149", "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7");
  add("\\ISO 2022 IR 87", "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B");
  add("GB18030", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab");
  return patients;
}

/// Gives a series what a hospital's information system and scanner add.
inline void add_hospital_attributes(const std::vector<fs::path>& files) {
  for (const auto& file : files) {
    edit_dicom(file, [](DcmDataset& d) {
      d.putAndInsertString(DCM_IssuerOfPatientID, "HOSPITAL");
      d.putAndInsertString(DCM_RETIRED_OtherPatientIDs, "A\\B");
      d.putAndInsertString(DCM_EthnicGroup, "X");
      d.putAndInsertString(DCM_PatientAge, "050Y");
      d.putAndInsertString(DCM_PatientWeight, "70.50");
      d.putAndInsertString(DCM_AccessionNumber, "ACC 1");
      d.putAndInsertString(DCM_InstitutionName, "Somewhere");
      d.putAndInsertString(DCM_StationName, "CT7");
      d.putAndInsertString(DCM_TimezoneOffsetFromUTC, "-0530");
      DcmItem* item = nullptr;
      d.findOrCreateSequenceItem(DCM_ProcedureCodeSequence, item);
      item->putAndInsertString(DCM_CodeValue, "24627-2");
      item->putAndInsertString(DCM_CodingSchemeDesignator, "LN");
      item->putAndInsertString(DCM_CodeMeaning, "Chest CT");
    });
  }
}

/// Patient and study are those of the source, the place is not, and times are in its time zone.
inline void check_hospital_attributes(const fs::path& result, const fs::path& source) {
  for (const DcmTagKey& tag :
       {DCM_SpecificCharacterSet, DCM_PatientName, DCM_PatientID, DCM_IssuerOfPatientID,
        DCM_RETIRED_OtherPatientIDs, DCM_EthnicGroup, DCM_PatientBirthDate, DCM_PatientSex,
        DCM_PatientAge, DCM_PatientWeight, DCM_StudyInstanceUID, DCM_StudyDate, DCM_StudyTime,
        DCM_StudyID, DCM_StudyDescription, DCM_AccessionNumber, DCM_ReferringPhysicianName,
        DCM_TimezoneOffsetFromUTC}) {
    CAPTURE(tag.toString().c_str());
    CHECK(raw_value(result, tag.getGroup(), tag.getElement()) ==
          raw_value(source, tag.getGroup(), tag.getElement()));
  }
  CHECK(value(result, DCM_InstitutionName).empty());
  CHECK(value(result, DCM_StationName).empty());
  CHECK(value(result, DCM_ContentDate) == "20231114");
  CHECK(value(result, DCM_ContentTime) == "164320");
}

}  // namespace hilum::test
