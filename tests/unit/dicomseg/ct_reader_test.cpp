#include "dicomseg/ct_reader.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/dicomseg/read_series.h"

using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

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

TEST_CASE("CT reader: stops when asked to") {
  const test::TempDir dir;
  const auto files = write(axial_volume(), dir);
  std::stop_source stop;
  stop.request_stop();
  CHECK(CtReader().read(files, stop.get_token()).error().code == ErrorCode::kCancelled);
}
