#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <string>

#include "tests/unit/dicomseg/seg_source.h"

using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

TEST_CASE("seg encoder: requests that cannot be encoded are refused and leave no file") {
  Source source;
  source.loaded = load(source.files);
  source.labels = test::some_labels(source.loaded.volume.geometry, 4);
  const ModelInfo model = test::vessel_model();
  const auto encode = [&](const LabelMap& labels, const ModelInfo& info,
                          SegEncoderOptions options = {}) {
    const auto encoded =
        DcmSegEncoder(std::move(options))
            .encode({source.loaded, labels, info, test::result_uids("x"), kCreated},
                    source.dir / "x.dcm");
    CHECK_FALSE(fs::exists(source.dir / "x.dcm"));
    CHECK_FALSE(fs::exists(source.dir / "x.dcm.part"));
    REQUIRE_FALSE(encoded);
    return encoded.error().code;
  };
  SUBCASE("texts") {
    CHECK(encode(source.labels, model, {.series_description = std::string(43, 'x')}) ==
          ErrorCode::kInvalidInput);
    CHECK(encode(source.labels, model, {.manufacturer = "M\xc3\xbcller"}) ==
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

TEST_CASE("seg encoder: a result that cannot be put in place can be tried again") {
  Source source;
  source.encode();
  fs::create_directories(source.dir / "taken.dcm" / "inside");
  const ModelInfo model = test::vessel_model();
  const SegRequest request{source.loaded, source.labels, model, test::result_uids("test"),
                           kCreated};
  const auto encoded = DcmSegEncoder().encode(request, source.dir / "taken.dcm");
  REQUIRE_FALSE(encoded);
  CHECK(encoded.error().code == ErrorCode::kUnavailable);
  CHECK(encoded.error().message.find("taken.dcm.part") != std::string::npos);
  CHECK_FALSE(fs::exists(source.dir / "taken.dcm.part"));
  const auto nowhere = DcmSegEncoder().encode(request, source.dir / "none" / "seg.dcm");
  CHECK(nowhere.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("seg reader: segmentations elsewhere than the grid are refused") {
  Source source;
  const BinarySeg seg = reread(source.encode());
  Geometry moved = source.loaded.volume.geometry;
  moved.voxel_to_lps[3] += 0.1;
  CHECK_FALSE(place_on(seg, moved));
  Geometry scaled = source.loaded.volume.geometry;
  scaled.voxel_to_lps[0] *= 1.01;
  CHECK_FALSE(place_on(seg, scaled));
  CHECK(read_seg(source.files[0]).error().code == ErrorCode::kUnsupported);
}
