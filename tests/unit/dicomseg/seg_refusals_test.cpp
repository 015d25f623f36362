#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <string>

#include "tests/unit/dicomseg/seg_source.h"

using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

TEST_CASE("seg writer: requests that cannot be encoded are refused and leave no file") {
  Source source;
  const ModelInfo model = test::vessel_model();
  source.mark(model);
  const fs::path folder = source.dir / "results";
  fs::create_directory(folder);
  const auto encode = [&](const LabelMap& labels, const ModelInfo& info,
                          const SegOptions& options = {}) {
    const auto written = write_segmentations(
        {source.loaded, labels, info, {}, source.identity, kCreated}, {}, options, folder);
    CHECK(fs::is_empty(folder));
    REQUIRE_FALSE(written);
    return written.error().code;
  };
  SUBCASE("texts") {
    CHECK(encode(source.labels, model, {.series_description = std::string(36, 'x')}) ==
          ErrorCode::kInvalidInput);
    CHECK(encode(source.labels, model, {.equipment = {.manufacturer = "M\xc3\xbcller"}}) ==
          ErrorCode::kInvalidInput);
    ModelInfo long_label = model;
    long_label.segments[1].label = std::string(65, 'x');
    CHECK(encode(source.labels, long_label) == ErrorCode::kInvalidInput);
  }
  SUBCASE("labels") {
    LabelMap other = source.labels;
    other.geometry.voxel_to_lps[3] += 1;
    CHECK(encode(other, model) == ErrorCode::kInternal);
    other = source.labels;
    other.label[0] = 9;
    CHECK(encode(other, model) == ErrorCode::kInternal);
  }
  SUBCASE("the source changed") {
    test::edit_dicom(source.files[1],
                     [](DcmDataset& d) { d.putAndInsertString(DCM_SOPInstanceUID, "1.2.3"); });
    CHECK(encode(source.labels, model) == ErrorCode::kConflict);
  }
  SUBCASE("the source is gone") {
    fs::remove(source.files[1]);
    CHECK(encode(source.labels, model) == ErrorCode::kNotFound);
  }
}

TEST_CASE("seg writer: a result that cannot be put in place can be tried again") {
  Source source;
  const ModelInfo model = test::vessel_model();
  source.mark(model);
  const fs::path taken = source.dir / (source.identity.sop("seg").str() + ".dcm");
  fs::create_directories(taken / "inside");
  const auto written = source.write(model);
  REQUIRE_FALSE(written);
  CHECK(written.error().message.find(taken.filename().string() + ".part") != std::string::npos);
  CHECK_FALSE(fs::exists(taken.string() + ".part"));
  const auto nowhere =
      write_segmentations({source.loaded, source.labels, model, {}, source.identity, kCreated}, {},
                          {}, source.dir / "none");
  CHECK(nowhere.error().code == ErrorCode::kUnavailable);
  CHECK(written.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("seg reader: segmentations elsewhere than the grid are refused") {
  Source source;
  const Segmentation seg = reread(source.encode());
  LoadedSeries moved = source.loaded;
  for (SourceFrame& frame : moved.frames) frame.position[0] += 0.3;
  CHECK_FALSE(place_on(seg, moved));
  LoadedSeries scaled = source.loaded;
  scaled.volume.geometry.voxel_to_lps[0] *= 1.01;
  CHECK_FALSE(place_on(seg, scaled));
  CHECK(read_seg(source.files[0]).error().code == ErrorCode::kUnsupported);
}
