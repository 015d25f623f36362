#include "dicomseg/ct_reader.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/dicomseg/synthetic.h"

using namespace hilum;
using namespace hilum::dicomseg;
namespace fs = std::filesystem;

namespace {

const Volume& axial_volume() {
  static const Volume volume =
      test::numbered_volume(test::geometry_of(test::grids()[0], {6, 11, 13}));
  return volume;
}

std::vector<fs::path> write(const Volume& volume, const test::TempDir& dir,
                            const CtSeriesOptions& options = {}) {
  auto files = write_ct_series(volume, options, dir.path());
  if (!files) FAIL(files.error().message);
  // The order of a directory says nothing either.
  std::sort(files->begin(), files->end());
  return *files;
}

Result<LoadedSeries> read(const std::vector<fs::path>& files) { return CtReader().read(files, {}); }

/// Every voxel of `loaded` lies where `written` has the same value.
void check_same(const LoadedSeries& loaded, const Volume& written) {
  const Geometry& a = loaded.volume.geometry;
  const Geometry& b = written.geometry;
  REQUIRE(a.size == b.size);
  REQUIRE(loaded.frames.size() == static_cast<std::size_t>(a.size[0]));
  const Vec3 step = b.step_mm(2);
  const Vec3 origin = b.to_lps({0, 0, 0});
  std::size_t wrong = 0;
  for (int z = 0; z < a.size[0]; ++z) {
    const Vec3 p = a.to_lps({0, 0, static_cast<double>(z)});
    const double along =
        (p[0] - origin[0]) * step[0] + (p[1] - origin[1]) * step[1] + (p[2] - origin[2]) * step[2];
    const int from = static_cast<int>(
        std::lround(along / (step[0] * step[0] + step[1] * step[1] + step[2] * step[2])));
    REQUIRE(from >= 0);
    REQUIRE(from < b.size[0]);
    const Vec3 far = a.to_lps({12, 10, static_cast<double>(z)});
    const Vec3 expected = b.to_lps({12, 10, static_cast<double>(from)});
    for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(far[i] - expected[i]) < 1e-9);
    for (std::size_t i = 0; i < a.index(1, 0, 0); ++i) {
      wrong += loaded.volume.hu[a.index(z, 0, 0) + i] != written.hu[b.index(from, 0, 0) + i];
    }
  }
  CHECK(wrong == 0);
}

void check_refused(const std::vector<fs::path>& files, ErrorCode code, const std::string& says) {
  const auto loaded = read(files);
  REQUIRE_FALSE(loaded);
  CAPTURE(loaded.error().message);
  CHECK(loaded.error().code == code);
  CHECK(loaded.error().message.find(says) != std::string::npos);
}

}  // namespace

TEST_CASE("CT reader: every orientation is read voxel for voxel at its place") {
  for (const auto& grid : test::grids()) {
    CAPTURE(grid.name);
    const test::TempDir dir;
    const Volume volume = test::numbered_volume(test::geometry_of(grid, {6, 11, 13}));
    const auto files = write(volume, dir, {.numbering = CtSeriesOptions::Numbering::kShuffled});
    const auto loaded = read(files);
    REQUIRE(loaded);
    check_same(*loaded, volume);
    CHECK(loaded->notes.empty());
  }
}

TEST_CASE("CT reader: numbering and file names say nothing about the order") {
  using enum CtSeriesOptions::Numbering;
  for (const auto numbering : {kAscending, kReversed, kShuffled}) {
    const test::TempDir dir;
    const auto loaded = read(write(axial_volume(), dir, {.numbering = numbering}));
    REQUIRE(loaded);
    check_same(*loaded, axial_volume());
    CHECK(loaded->volume.hu == axial_volume().hu);
    for (std::size_t z = 0; z < 6; ++z) {
      CHECK(loaded->frames[z].sop.str() ==
            derived_uid("hilum synthetic CT/image/" + std::to_string(z)));
    }
  }
}

TEST_CASE("CT reader: transfer syntaxes") {
  using enum CtSeriesOptions::Syntax;
  for (const auto syntax : {kImplicitLittle, kExplicitLittle, kExplicitBig, kDeflated, kRle}) {
    CAPTURE(static_cast<int>(syntax));
    const test::TempDir dir;
    const auto loaded = read(write(axial_volume(), dir, {.syntax = syntax}));
    if (!loaded) FAIL(loaded.error().message);
    check_same(*loaded, axial_volume());
  }
}

TEST_CASE("CT reader: JPEG lossless and JPEG-LS as other tools write them") {
  for (const std::string tool : {"dcmcjpeg", "dcmcjpls"}) {
    if (!test::installed(tool)) {
      MESSAGE(tool << " is not installed");
      continue;
    }
    CAPTURE(tool);
    const test::TempDir dir;
    const auto files = write(axial_volume(), dir);
    for (const auto& file : files) {
      REQUIRE(test::run_command(tool + " +ua " + file.string() + " " + file.string()).exit_status ==
              0);
    }
    const auto loaded = read(files);
    if (!loaded) FAIL(loaded.error().message);
    check_same(*loaded, axial_volume());
  }
}

TEST_CASE("CT reader: signed and unsigned pixels of 12 to 16 bits, with any rescale") {
  using enum PixelFormat::Sign;
  struct Case {
    PixelFormat format;
    Rescale rescale;
  };
  const std::vector<Case> cases{
      {{.bits_stored = 16, .high_bit = 15, .sign = kTwosComplement}, {1, 0}},
      {{.bits_stored = 16, .high_bit = 15, .sign = kUnsigned}, {1, -1024}},
      {{.bits_stored = 12, .high_bit = 11, .sign = kUnsigned}, {1, -1024}},
      {{.bits_stored = 12, .high_bit = 11, .sign = kTwosComplement}, {1, 1024}},
      {{.bits_stored = 13, .high_bit = 12, .sign = kTwosComplement}, {1, -1.0}},
      {{.bits_stored = 14, .high_bit = 15, .sign = kUnsigned}, {0.5, -2048}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.format.bits_stored);
    const test::TempDir dir;
    const auto loaded =
        read(write(axial_volume(), dir, {.format = c.format, .rescale = {c.rescale}}));
    if (!loaded) FAIL(loaded.error().message);
    check_same(*loaded, axial_volume());
  }
}

TEST_CASE("CT reader: each slice has its own rescale") {
  const test::TempDir dir;
  std::vector<Rescale> rescale;
  for (int z = 0; z < 6; ++z) rescale.push_back({1, -100.0 * z});
  const auto loaded = read(write(axial_volume(), dir, {.rescale = rescale}));
  REQUIRE(loaded);
  check_same(*loaded, axial_volume());
}

TEST_CASE("CT reader: padding is air") {
  const test::TempDir dir;
  Volume volume = axial_volume();
  volume.hu[5] = -3000;
  CtSeriesOptions options;
  options.format.padding_value = 0xF830;  // -2000
  const auto loaded = read(write(volume, dir, options));
  REQUIRE(loaded);
  CHECK(loaded->volume.hu[5] == kPaddingHu);
  CHECK(loaded->volume.hu[6] == volume.hu[6]);
}

TEST_CASE("CT reader: an enhanced multi-frame instance") {
  const test::TempDir dir;
  const auto file = test::write_enhanced_ct(axial_volume(), dir / "e.dcm");
  const auto loaded = read({file});
  if (!loaded) FAIL(loaded.error().message);
  check_same(*loaded, axial_volume());
  CHECK(loaded->frames[0].frame_number == 6);
  CHECK(loaded->frames[5].frame_number == 1);
  const std::vector files{file};
  const auto facts = CtReader().inspect(files);
  REQUIRE(facts);
  CHECK(facts->slices == 6);
  CHECK(facts->sop_class_can_be_segmented);
  CHECK(*facts->slice_spacing_mm == doctest::Approx(1.25));
}

TEST_CASE("CT reader: facts of a series") {
  const test::TempDir dir;
  const std::vector<SeriesFacts::Orientation> expected{
      SeriesFacts::Orientation::kAxial,    SeriesFacts::Orientation::kAxial,
      SeriesFacts::Orientation::kAxial,    SeriesFacts::Orientation::kCoronal,
      SeriesFacts::Orientation::kSagittal, SeriesFacts::Orientation::kAxial,
      SeriesFacts::Orientation::kOblique,  SeriesFacts::Orientation::kOblique};
  const auto all = test::grids();
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(all[i].name);
    const Volume volume = test::numbered_volume(test::geometry_of(all[i], {6, 11, 13}));
    const auto facts = CtReader().inspect(write(volume, dir));
    REQUIRE(facts);
    CHECK(facts->orientation == expected[i]);
    CHECK(facts->modality == "CT");
    CHECK(facts->body_part == "CHEST");
    CHECK(facts->slices == 6);
    CHECK(facts->rows == 11);
    CHECK(facts->columns == 13);
    CHECK(facts->image_type == std::vector<std::string>{"DERIVED", "SECONDARY", "AXIAL"});
  }
}

TEST_CASE("CT reader: localizers and other objects are left out and mentioned") {
  const test::TempDir dir;
  auto files = write(axial_volume(), dir);
  test::edit_dicom(files[0], [](DcmDataset& d) {
    d.putAndInsertString(DCM_ImageType, "ORIGINAL\\PRIMARY\\LOCALIZER");
    d.putAndInsertString(DCM_ImageOrientationPatient, "1\\0\\0\\0\\0\\-1");
  });
  fs::copy_file(files[1], dir / "copy.dcm");
  files.push_back(dir / "copy.dcm");
  fs::copy_file(files[1], dir / "report.dcm");
  test::edit_dicom(dir / "report.dcm", [](DcmDataset& d) {
    d.putAndInsertString(DCM_SOPClassUID, UID_EnhancedSRStorage);
    d.putAndInsertString(DCM_SOPInstanceUID, "1.2.3");
    d.findAndDeleteElement(DCM_PixelData);
    d.findAndDeleteElement(DCM_Rows);
  });
  files.push_back(dir / "report.dcm");
  const auto loaded = read(files);
  if (!loaded) FAIL(loaded.error().message);
  CHECK(loaded->volume.geometry.size[0] == 5);
  CHECK(loaded->notes.size() == 3);
  const auto facts = CtReader().inspect(files);
  REQUIRE(facts);
  CHECK(facts->image_type[2] == "AXIAL");
  CHECK(facts->orientation == SeriesFacts::Orientation::kAxial);
}

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
    files.erase(files.begin() + 3);
    check_refused(files, ErrorCode::kUnsupported, "1 slice missing");
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

TEST_CASE("CT reader: stops when asked to") {
  const test::TempDir dir;
  const auto files = write(axial_volume(), dir);
  std::stop_source stop;
  stop.request_stop();
  CHECK(CtReader().read(files, stop.get_token()).error().code == ErrorCode::kCancelled);
}

TEST_CASE("CT writer: dciodvfy has no complaint") {
  if (!test::installed("dciodvfy")) {
    MESSAGE("dciodvfy is not installed");
    return;
  }
  const test::TempDir dir;
  const auto files = write(axial_volume(), dir);
  const auto verified = test::run_command("dciodvfy -new " + files[0].string());
  CHECK(verified.output.find("Error") == std::string::npos);
  CHECK(verified.output.find("Warning") == std::string::npos);
  CAPTURE(verified.output);
  CHECK(verified.exit_status == 0);
}

TEST_CASE("CT writer: volumes and options that do not fit are refused") {
  const test::TempDir dir;
  Volume volume = axial_volume();
  CHECK_FALSE(write_ct_series(volume, {.rescale = {{1, 0}, {1, 0}}}, dir.path()));
  CHECK_FALSE(write_ct_series(volume, {.format = {.bits_allocated = 8}}, dir.path()));
  volume.geometry.voxel_to_lps[1] = 0.3;  // rows and columns no longer at a right angle
  CHECK_FALSE(write_ct_series(volume, {}, dir.path()));
  CHECK_FALSE(write_ct_series({}, {}, dir.path()));
}
