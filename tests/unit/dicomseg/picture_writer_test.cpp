#include "dicomseg/picture_writer.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "dicomseg/rgb_canvas.h"
#include "tests/unit/dicomseg/hospital_patients.h"
#include "tests/unit/dicomseg/seg_source.h"

using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;
using Kind = ViewerProfile::Pictures;

namespace {

Picture numbered_picture(int width, int height, unsigned seed, std::string title) {
  Picture picture{blank_image(width, height), std::move(title)};
  unsigned state = seed;
  for (auto& value : picture.image.pixels) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<std::uint8_t>(state >> 24);
  }
  return picture;
}

/// A CT series on disk and what is written about it.
struct Written : Source {
  using Source::Source;

  std::vector<ResultObject> write(Kind kind, const PictureSeriesOptions& options = {}) {
    auto objects = attempt(kind, options);
    if (!objects) FAIL(objects.error().message);
    return std::move(*objects);
  }
  Result<std::vector<ResultObject>> attempt(Kind kind, const PictureSeriesOptions& options = {}) {
    if (loaded.frames.empty()) loaded = load(files);
    const LabelMap none{loaded.volume.geometry,
                        std::vector<std::uint8_t>(loaded.volume.geometry.voxel_count())};
    return write_pictures({.source = loaded,
                           .labels = none,
                           .model = model,
                           .findings = findings,
                           .identity = identity,
                           .created_at = kCreated},
                          pictures, kind, options, dir.path());
  }

  ModelInfo model = vessel_model();
  Findings findings;
  ResultIdentity identity{"picture test"};
  std::vector<Picture> pictures{numbered_picture(61, 43, 1, "Axial 1/2, z = 40 mm"),
                                numbered_picture(61, 43, 2, "Axial 2/2, z = -40 mm"),
                                numbered_picture(61, 43, 3, "Sagittal MIP R, x = -44 mm")};
};

/// The frames as DCMTK's image tool shows them.
std::vector<std::uint8_t> shown_by_dcm2pnm(const fs::path& file, std::size_t frame) {
  const fs::path picture = file.string() + ".ppm";
  const auto run = run_command("dcm2pnm +F " + std::to_string(frame + 1) + " " + file.string() +
                               " " + picture.string());
  if (run.exit_status != 0) FAIL(run.output);
  std::ifstream in(picture, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  constexpr std::size_t kSize = std::size_t{61} * 43 * 3;
  if (bytes.size() <= kSize || !bytes.starts_with("P6")) FAIL("not the PPM that was expected");
  return {bytes.end() - kSize, bytes.end()};
}

}  // namespace

TEST_CASE("picture writer: one multi-frame object with all pictures as its frames") {
  Written series;
  const auto objects = series.write(Kind::kMultiFrame);
  REQUIRE(objects.size() == 1);
  CHECK(objects[0].kind == ResultKind::kPictures);
  CHECK(objects[0].series == series.identity.series("pictures"));
  CHECK(objects[0].sop == series.identity.sop("pictures/1"));
  const fs::path& file = objects[0].file;
  CHECK(file == series.dir / (objects[0].sop.str() + ".dcm"));
  check_valid(file, series.files[0]);
  CHECK(value(file, DCM_SOPClassUID) == UID_MultiframeTrueColorSecondaryCaptureImageStorage);
  CHECK(value(file, DCM_SOPInstanceUID) == objects[0].sop.str());
  CHECK(value(file, DCM_NumberOfFrames) == "3");
  CHECK(value(file, DCM_PageNumberVector) == "1\\2\\3");
  CHECK(value(file, DCM_FrameLabelVector) == "Axial 1/2\\Axial 2/2\\Sagittal MIP R");
  CHECK(value(file, DCM_ImageComments) ==
        "1: Axial 1/2, z = 40 mm\r\n2: Axial 2/2, z = -40 mm\r\n3: Sagittal MIP R, x = -44 mm");
  CHECK(raw_value(file, 0x0028, 0x0009) == std::string("\x18\0\x01\x20\x18\0\x02\x20", 8));
}

TEST_CASE("picture writer: single objects, one for each picture") {
  Written series;
  const auto objects = series.write(Kind::kSingleFrames);
  REQUIRE(objects.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const fs::path& file = objects[i].file;
    CHECK(objects[i].sop == series.identity.sop("pictures/" + std::to_string(i + 1)));
    CHECK(objects[i].series == series.identity.series("pictures"));
    check_valid(file, series.files[0]);
    CHECK(value(file, DCM_SOPClassUID) == UID_SecondaryCaptureImageStorage);
    CHECK(value(file, DCM_InstanceNumber) == std::to_string(i + 1));
    CHECK(value(file, DCM_ImageComments) == series.pictures[i].title);
    CHECK(value(file, DCM_NumberOfFrames).empty());
  }
}

TEST_CASE("picture writer: another program shows the same pixels") {
  if (!installed("dcm2pnm")) {
    MESSAGE("dcm2pnm is not installed");
    return;
  }
  Written series;
  const auto multi = series.write(Kind::kMultiFrame);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(shown_by_dcm2pnm(multi[0].file, i) == series.pictures[i].image.pixels);
  }
  const auto single = series.write(Kind::kSingleFrames);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(shown_by_dcm2pnm(single[i].file, 0) == series.pictures[i].image.pixels);
  }
}

TEST_CASE("picture writer: says what it is, and refers to every image that was segmented") {
  Written series;
  for (const Kind kind : {Kind::kMultiFrame, Kind::kSingleFrames}) {
    const fs::path file = series.write(kind)[0].file;
    CHECK(value(file, DCM_Modality) == "OT");
    CHECK(value(file, DCM_ConversionType) == "WSD");
    CHECK(value(file, DCM_ImageType) == "DERIVED\\SECONDARY");
    CHECK(value(file, DCM_BurnedInAnnotation) == "YES");
    CHECK(value(file, DCM_LossyImageCompression) == "00");
    CHECK(value(file, DCM_PhotometricInterpretation) == "RGB");
    CHECK(value(file, DCM_SeriesDescription) ==
          "Pulmonary vessels, pictures (AI), not for clinical use");
    CHECK(value(file, DCM_SeriesNumber) == "9003");
    CHECK(value(file, DCM_Manufacturer) == "Hilum");
    CHECK(value(file, DCM_ContentDate).size() == 8);
    CHECK(value(file, DCM_SeriesInstanceUID) == series.identity.series("pictures").str());
    DcmFileFormat format;
    REQUIRE(format.loadFile(file.c_str()).good());
    CHECK(format.getDataset()->getOriginalXfer() == EXS_LittleEndianExplicit);
    DcmItem* of_series = nullptr;
    REQUIRE(format.getDataset()
                ->findAndGetSequenceItem(DCM_ReferencedSeriesSequence, of_series)
                .good());
    for (std::size_t i = 0; i < series.files.size(); ++i) {
      DcmItem* image = nullptr;
      DcmItem* instance = nullptr;
      const auto at = static_cast<long>(i);
      REQUIRE(
          format.getDataset()->findAndGetSequenceItem(DCM_SourceImageSequence, image, at).good());
      REQUIRE(
          of_series->findAndGetSequenceItem(DCM_ReferencedInstanceSequence, instance, at).good());
      for (DcmItem* item : {image, instance}) {
        OFString sop;
        item->findAndGetOFString(DCM_ReferencedSOPInstanceUID, sop);
        CHECK(std::string(sop.c_str()) == series.loaded.frames[i].sop.str());
      }
    }
  }
}

TEST_CASE("picture writer: patient and study are those of the source, byte for byte") {
  for (const CtSeriesOptions& patient : hospital_patients()) {
    CAPTURE(patient.character_set);
    Written series({4, 11, 13}, patient);
    add_hospital_attributes(series.files);
    for (const Kind kind : {Kind::kMultiFrame, Kind::kSingleFrames}) {
      const fs::path file = series.write(kind)[0].file;
      check_hospital_attributes(file, series.files[0]);
      check_valid(file, series.files[0]);
    }
  }
}

TEST_CASE("picture writer: a source without body part but with an empty laterality") {
  Written series;
  for (const auto& file : series.files) {
    edit_dicom(file, [](DcmDataset& d) {
      d.findAndDeleteElement(DCM_BodyPartExamined);
      d.insertEmptyElement(DCM_Laterality);
    });
  }
  check_valid(series.write(Kind::kMultiFrame)[0].file, series.files[0]);
}

TEST_CASE("picture writer: a source with loss makes pictures with loss") {
  Written series;
  edit_dicom(series.files[4], [](DcmDataset& d) {
    d.putAndInsertString(DCM_LossyImageCompression, "01");
    d.putAndInsertString(DCM_LossyImageCompressionRatio, "12.5");
    d.putAndInsertString(DCM_LossyImageCompressionMethod, "ISO_15444_1");
  });
  for (const Kind kind : {Kind::kMultiFrame, Kind::kSingleFrames}) {
    const fs::path file = series.write(kind)[0].file;
    CHECK(value(file, DCM_LossyImageCompression) == "01");
    CHECK(value(file, DCM_LossyImageCompressionRatio) == "12.5");
    CHECK(value(file, DCM_LossyImageCompressionMethod) == "ISO_15444_1");
    check_valid(file, series.files[0]);
  }
}

TEST_CASE("picture writer: an untrained model is named in the series description") {
  Written series;
  series.model.trained = false;
  const PictureSeriesOptions options{.series_description = std::string(35, 'x')};
  const fs::path file = series.write(Kind::kMultiFrame, options)[0].file;
  CHECK(value(file, DCM_SeriesDescription).starts_with("UNTRAINED TEST MODEL xxx"));
  check_valid(file, series.files[0]);
}

TEST_CASE("picture writer: the same request gives the same bytes, and leaves no part file") {
  Written series;
  for (const Kind kind : {Kind::kMultiFrame, Kind::kSingleFrames}) {
    const fs::path file = series.write(kind)[0].file;
    const std::string first = read_file(file);
    CHECK(read_file(series.write(kind)[0].file) == first);
    CHECK_FALSE(fs::exists(file.string() + ".part"));
  }
}

TEST_CASE("picture writer: one picture of one odd pixel is a multi-frame object, too") {
  Written series;
  series.pictures = {numbered_picture(1, 1, 5, "Axial 1/1, z = 0 mm")};
  for (const Kind kind : {Kind::kMultiFrame, Kind::kSingleFrames}) {
    const fs::path file = series.write(kind)[0].file;
    check_valid(file, series.files[0]);
    CHECK(raw_value(file, 0x7fe0, 0x0010).size() == 4);  // padded to an even length
  }
}

TEST_CASE("picture writer: an Enhanced CT can be the source") {
  Written series;
  const Volume volume = numbered_volume(geometry_of(grids()[0], {4, 12, 10}));
  series.files = {write_enhanced_ct(volume, series.dir / "enhanced.dcm")};
  const fs::path file = series.write(Kind::kMultiFrame)[0].file;
  CHECK(value(file, DCM_StudyInstanceUID) == value(series.files[0], DCM_StudyInstanceUID));
  DcmFileFormat format;
  REQUIRE(format.loadFile(file.c_str()).good());
  DcmSequenceOfItems* images = nullptr;
  REQUIRE(format.getDataset()->findAndGetSequence(DCM_SourceImageSequence, images).good());
  CHECK(images->card() == 1);
}

TEST_CASE("picture writer: what cannot be written is refused, without patient data") {
  Written series;
  CHECK(series.attempt(Kind::kNone).error().code == ErrorCode::kInvalidInput);
  CHECK(series.attempt(Kind::kMultiFrame, {.series_description = std::string(43, 'x')})
            .error()
            .code == ErrorCode::kInvalidInput);
  CHECK(series.attempt(Kind::kMultiFrame, {.equipment = {.manufacturer = "a\\b"}}).error().code ==
        ErrorCode::kInvalidInput);
  series.pictures[1] = numbered_picture(61, 44, 2, "Axial 2/2");
  CHECK(series.attempt(Kind::kMultiFrame).error().code == ErrorCode::kInvalidInput);
  CHECK(series.attempt(Kind::kSingleFrames));
  series.pictures[1].image.pixels.pop_back();
  CHECK(series.attempt(Kind::kSingleFrames).error().code == ErrorCode::kInvalidInput);
  series.pictures.resize(1);
  series.pictures[0].title = "M\xc3\xbcller";
  CHECK(series.attempt(Kind::kSingleFrames).error().code == ErrorCode::kInvalidInput);
  series.pictures.clear();
  CHECK(series.attempt(Kind::kMultiFrame).error().code == ErrorCode::kInvalidInput);
  series.pictures = {numbered_picture(4, 4, 1, "Axial 1/1")};
  fs::remove(series.files[2]);
  const auto gone = series.attempt(Kind::kMultiFrame);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().message.find("Synthetic") == std::string::npos);
}

TEST_CASE("picture writer: a directory that is gone is worth another try") {
  Written series;
  series.loaded = load(series.files);
  const LabelMap none{series.loaded.volume.geometry, {}};
  const auto objects = write_pictures({.source = series.loaded,
                                       .labels = none,
                                       .model = series.model,
                                       .findings = series.findings,
                                       .identity = series.identity,
                                       .created_at = kCreated},
                                      series.pictures, Kind::kMultiFrame, {}, series.dir / "no");
  REQUIRE_FALSE(objects);
  CHECK(objects.error().code == ErrorCode::kUnavailable);
}
