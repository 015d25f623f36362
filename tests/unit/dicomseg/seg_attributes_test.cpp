#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "pipeline/domain/implementation.h"
#include "tests/unit/dicomseg/hospital_patients.h"
#include "tests/unit/dicomseg/seg_source.h"

using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

TEST_CASE("seg writer: the object is valid and refers to its source") {
  Source source;
  const auto file = source.encode();
  check_valid(file, source.files[0]);
  const Segmentation seg = reread(file);
  CHECK(seg.sop == source.identity.sop("seg").str());
  CHECK(seg.series == source.identity.series("seg").str());
  CHECK(seg.study == value(source.files[0], DCM_StudyInstanceUID));
  CHECK(seg.frame_of_reference == value(source.files[0], DCM_FrameOfReferenceUID));
  CHECK(seg.referenced_series == value(source.files[0], DCM_SeriesInstanceUID));
  CHECK(value(file, DCM_SegmentsOverlap) == "NO");
  CHECK(value(file, DCM_BurnedInAnnotation) == "NO");
  CHECK(value(file, DCM_LossyImageCompression) == "00");
  CHECK(value(file, DCM_ContentQualification) == "RESEARCH");
  CHECK(value(file, DCM_SeriesNumber) == "9001");
  CHECK(value(file, DCM_Manufacturer) == "Hilum");
  CHECK(file == source.dir / (seg.sop + ".dcm"));
  CHECK_FALSE(fs::exists(file.string() + ".part"));
}

TEST_CASE("seg writer: segments carry label, codes, colours and tracking") {
  Source source;
  const ModelInfo model = test::vessel_model();
  const Segmentation seg = reread(source.encode(model));
  REQUIRE(seg.segments.size() == 4);
  std::set<std::string> tracking;
  const std::vector<std::array<std::uint16_t, 3>> lab{
      {43639, 30342, 24502}, {41117, 43468, 40004}, {31511, 30269, 24166}, {30885, 43992, 40570}};
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    CHECK(seg.segments[i].number == static_cast<int>(i) + 1);
    CHECK(seg.segments[i].spec == model.segments[i]);  // rgb survives the way through CIELab
    for (std::size_t c = 0; c < 3; ++c)
      CHECK(std::abs(seg.segments[i].cielab[c] - lab[i][c]) <= 2);  // of 65535
    CHECK(seg.segments[i].algorithm_name == "La-CAF");
    tracking.insert(seg.segments[i].tracking_uid);
    const auto voxels = std::count(source.labels.label.begin(), source.labels.label.end(),
                                   static_cast<std::uint8_t>(i + 1));
    CHECK(seg.segments[i].description ==
          fmt::format("{} voxels, {:.2f} ml", voxels,
                      static_cast<double>(voxels) * 0.7 * 0.8 * 1.25 / 1000));
    const WrittenSegment& told = source.segmentations.segments.at(i);
    CHECK(told.segmentation.str() == seg.sop);
    CHECK(told.number == seg.segments[i].number);
    CHECK(told.spec == model.segments[i]);
    CHECK(told.tracking_uid == seg.segments[i].tracking_uid);
    CHECK(told.labels == std::vector<int>{static_cast<int>(i) + 1});
  }
  CHECK(tracking.size() == 4);
}

TEST_CASE("seg writer: patient and study are those of the source, byte for byte") {
  for (const CtSeriesOptions& patient : hospital_patients()) {
    CAPTURE(patient.character_set);
    Source source({6, 11, 13}, patient);
    add_hospital_attributes(source.files);
    const auto file = source.encode();
    check_hospital_attributes(file, source.files[0]);
    CHECK(value(file, DCM_FrameOfReferenceUID) == value(source.files[0], DCM_FrameOfReferenceUID));
    check_valid(file, source.files[0]);
  }
}

TEST_CASE("seg writer: a source with loss makes a result with loss") {
  Source source;
  test::edit_dicom(source.files[4], [](DcmDataset& d) {
    d.putAndInsertString(DCM_LossyImageCompression, "01");
    d.putAndInsertString(DCM_LossyImageCompressionRatio, "12.5");
    d.putAndInsertString(DCM_LossyImageCompressionMethod, "ISO_15444_1");
  });
  const auto file = source.encode();
  CHECK(value(file, DCM_LossyImageCompression) == "01");
  CHECK(value(file, DCM_LossyImageCompressionRatio) == "12.5");
  CHECK(value(file, DCM_LossyImageCompressionMethod) == "ISO_15444_1");
  check_valid(file, source.files[0]);
}

TEST_CASE("seg writer: an untrained model is named as such where people look") {
  Source source;
  ModelInfo model = test::vessel_model();
  const auto trained = source.encode(model);
  CHECK(value(trained, DCM_SeriesDescription) == "Pulmonary vessels (AI), not for clinical use");
  model.trained = false;
  const auto untrained = source.encode(model, {}, {.series_description = std::string(35, 'x')});
  CHECK(value(untrained, DCM_SeriesDescription).starts_with("UNTRAINED TEST MODEL xxx"));
  CHECK(value(untrained, DCM_ContentDescription) == "UNTRAINED TEST MODEL, not for clinical use");
  check_valid(untrained, source.files[0]);
}

TEST_CASE("seg writer: what some scanners write wrongly is kept: leading zeros, long numbers") {
  Source source;
  for (std::size_t i = 0; i < source.files.size(); ++i) {
    test::edit_dicom(source.files[i], [&](DcmDataset& d) {
      const std::string sop = "1.2.03.00" + std::to_string(i + 1);
      d.putAndInsertString(DCM_SOPInstanceUID, sop.c_str());
      d.putAndInsertString(DCM_StudyInstanceUID, "1.2.03.4");
      d.putAndInsertString(DCM_SeriesInstanceUID, "1.2.03.5");
      d.putAndInsertString(DCM_FrameOfReferenceUID, "1.2.03.6");
      d.putAndInsertString(DCM_PixelSpacing, "0.800000000000000012\\+0.7E0");
      const std::string position =
          "-40.0000000000000001\\-60\\" + std::to_string(7.5 + 1.25 * static_cast<double>(i));
      d.putAndInsertString(DCM_ImagePositionPatient, position.c_str());
    });
  }
  const Segmentation seg = reread(source.encode());
  CHECK(seg.study == "1.2.03.4");
  CHECK(seg.referenced_series == "1.2.03.5");
  CHECK(seg.frame_of_reference == "1.2.03.6");
  CHECK(seg.frames[0].source_sop.starts_with("1.2.03.00"));
  CHECK(seg.frames[0].position_text[0] == "-40.0000000000000001");
}

TEST_CASE("seg writer: the file names the implementation that wrote it") {
  Source source;
  for (const fs::path& file : {source.encode(), source.files.front()}) {
    DcmFileFormat format;
    REQUIRE(format.loadFile(file.c_str()).good());
    OFString uid;
    OFString version;
    format.getMetaInfo()->findAndGetOFString(DCM_ImplementationClassUID, uid);
    format.getMetaInfo()->findAndGetOFString(DCM_ImplementationVersionName, version);
    CHECK(std::string(uid.c_str()) == implementation_class_uid());
    CHECK(std::string(version.c_str()) == kImplementationVersionName);
    Uint32 length = 0;
    format.getMetaInfo()->findAndGetUint32(DCM_FileMetaInformationGroupLength, length);
    // The data set starts where the group length says (PS3.10 7.1), with group 0008.
    CHECK(test::read_file(file).substr(144 + length, 2) == std::string("\x08\0", 2));
  }
}
