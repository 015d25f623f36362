#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/dicomseg/read_series.h"

using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

TEST_CASE("CT reader: broken instances are refused by name") {
  struct Case {
    std::string name;
    std::function<void(DcmDataset&)> change;
    ErrorCode code;
    std::string says;
  };
  const std::vector<Case> cases{
      {"no pixels", [](DcmDataset& d) { d.findAndDeleteElement(DCM_PixelData); },
       ErrorCode::kInvalidInput, "no pixel data"},
      {"few pixels",
       [](DcmDataset& d) {
         const std::vector<Uint16> few(100);
         d.putAndInsertUint16Array(DCM_PixelData, few.data(), 100);
       },
       ErrorCode::kInvalidInput, "truncated: 200 of 286 bytes"},
      {"colour", [](DcmDataset& d) { d.putAndInsertUint16(DCM_SamplesPerPixel, 3); },
       ErrorCode::kUnsupported, "3 samples per pixel"},
      {"layout", [](DcmDataset& d) { d.putAndInsertUint16(DCM_BitsStored, 20); },
       ErrorCode::kInvalidInput, "impossible pixel layout"},
      {"no position", [](DcmDataset& d) { d.findAndDeleteElement(DCM_ImagePositionPatient); },
       ErrorCode::kInvalidInput, "position, orientation or pixel spacing is missing"},
      {"bad number", [](DcmDataset& d) { d.putAndInsertString(DCM_PixelSpacing, "0.7\\abc"); },
       ErrorCode::kInvalidInput, "is missing"},
      {"no rescale", [](DcmDataset& d) { d.findAndDeleteElement(DCM_RescaleSlope); },
       ErrorCode::kInvalidInput, "rescale slope or intercept is missing"},
      {"zero slope", [](DcmDataset& d) { d.putAndInsertString(DCM_RescaleSlope, "0"); },
       ErrorCode::kInvalidInput, "makes no sense"},
      {"other frame of reference",
       [](DcmDataset& d) { d.putAndInsertString(DCM_FrameOfReferenceUID, "1.2.3"); },
       ErrorCode::kInvalidInput, "another Frame of Reference"},
      {"no frame of reference",
       [](DcmDataset& d) { d.findAndDeleteElement(DCM_FrameOfReferenceUID); },
       ErrorCode::kInvalidInput, "no Frame of Reference"},
      {"other series", [](DcmDataset& d) { d.putAndInsertString(DCM_SeriesInstanceUID, "1.2"); },
       ErrorCode::kInvalidInput, "another series"},
      {"absurd frames", [](DcmDataset& d) { d.putAndInsertString(DCM_NumberOfFrames, "99999999"); },
       ErrorCode::kUnsupported, "frames"},
      {"huge matrix",
       [](DcmDataset& d) {
         d.putAndInsertUint16(DCM_Rows, 60000);
         d.putAndInsertUint16(DCM_Columns, 60000);
       },
       ErrorCode::kUnsupported, "60000 x 60000"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const test::TempDir dir;
    const auto files = write(axial_volume(), dir);
    test::edit_dicom(files[2], c.change);
    check_refused(files, c.code, c.says);
    check_refused(files, c.code, derived_uid("hilum synthetic CT/image/2"));
  }
}

TEST_CASE("CT reader: files cut short and files that are no DICOM") {
  const test::TempDir dir;
  const auto files = write(axial_volume(), dir);
  SUBCASE("within the pixels") {
    fs::resize_file(files[3], fs::file_size(files[3]) - 20);
    CHECK(read(files).error().code == ErrorCode::kInvalidInput);
  }
  SUBCASE("within the header") {
    fs::resize_file(files[3], 700);
    CHECK(read(files).error().code == ErrorCode::kInvalidInput);
  }
  SUBCASE("empty") {
    fs::resize_file(files[3], 0);
    CHECK(read(files).error().code == ErrorCode::kInvalidInput);
    CHECK(CtReader().inspect(files).error().message.find("0004.dcm") != std::string::npos);
  }
  SUBCASE("text") {
    test::write_file(files[3], "this is not a DICOM file, although it is long enough to be one");
    CHECK(CtReader().inspect(files).error().code == ErrorCode::kInvalidInput);
  }
  SUBCASE("gone") {
    fs::remove(files[3]);
    CHECK(read(files).error().code == ErrorCode::kNotFound);
  }
}

TEST_CASE("CT reader: compressed pixels that are fewer than the header promises") {
  const test::TempDir dir;
  const auto files = write(axial_volume(), dir, {.syntax = CtSeriesOptions::Syntax::kRle});
  const auto claim = [&](Uint16 rows, Uint16 columns) {
    for (const auto& file : files) {
      test::edit_dicom(file, [&](DcmDataset& d) {
        d.putAndInsertUint16(DCM_Rows, rows);
        d.putAndInsertUint16(DCM_Columns, columns);
      });
    }
  };
  // A few bytes of RLE that would be 32 MB a slice.
  claim(4096, 4096);
  const auto refused = read(files);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kInvalidInput);
  CHECK_MESSAGE(refused.error().message.find("cannot be read") != std::string::npos,
                refused.error().message);
  // Nothing is allocated for these.
  claim(65'534, 65'534);
  CHECK(read(files).error().message.find("at most 4096 is read") != std::string::npos);
}

TEST_CASE("CT reader: series that are no single volume") {
  const test::TempDir dir;
  auto files = write(axial_volume(), dir);
  SUBCASE("one slice") { check_refused({files[0]}, ErrorCode::kUnsupported, "at least two"); }
  SUBCASE("gap") {
    test::edit_dicom(files[5], [](DcmDataset& d) {
      d.putAndInsertString(DCM_ImagePositionPatient, "-40\\-60\\25");
    });
    check_refused(files, ErrorCode::kUnsupported, "mm, 9 slices missing");
  }
  SUBCASE("duplicate position") {
    test::edit_dicom(files[3], [](DcmDataset& d) {
      d.putAndInsertString(DCM_ImagePositionPatient, "-40\\-60\\8.75");
    });
    check_refused(files, ErrorCode::kInvalidInput, "at the position of another one");
  }
  SUBCASE("mixed sizes") {
    test::edit_dicom(files[3], [](DcmDataset& d) { d.putAndInsertUint16(DCM_Rows, 10); });
    check_refused(files, ErrorCode::kUnsupported, "different matrices");
  }
  SUBCASE("nothing at all") { check_refused({}, ErrorCode::kUnsupported, "no CT image"); }
}

TEST_CASE("CT reader: a transfer syntax without decoder is named") {
  const test::TempDir dir;
  auto files = write(axial_volume(), dir, {.syntax = CtSeriesOptions::Syntax::kRle});
  // The same encapsulated bytes under the name of JPEG 2000 Part 2, a UID of about the same length.
  std::string bytes = test::read_file(files[0]);
  const std::string rle("1.2.840.10008.1.2.5\0\0\0", 22);
  const auto at = bytes.find(rle.substr(0, 19));
  REQUIRE(at != std::string::npos);
  const std::string length(bytes, at - 2, 2);
  REQUIRE(length[0] == 20);
  // UI of 22 bytes; the group length is not checked by readers.
  bytes.replace(at - 2, 22, std::string("\x16\0", 2) + "1.2.840.10008.1.2.4.93");
  test::write_file(files[0], bytes);
  check_refused(files, ErrorCode::kUnsupported, "1.2.840.10008.1.2.4.93");
}
