#include "model/train/file_source.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "model/nifti/nifti.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::train;

namespace {

/// A CT of 12 x 10 x 8 voxels (x, y, z) of 1.5 mm in LPS with a body of 0 HU in -1000 HU of air and
/// one labelled voxel at (3, 4, 5).
struct Case {
  Volume ct;
  LabelMap labels;
};

Case small_case() {
  Case one;
  one.ct.geometry.size = {8, 10, 12};
  one.ct.geometry.voxel_to_lps = {1.5, 0, 0, -9, 0, 1.5, 0, -7, 0, 0, 1.5, 20, 0, 0, 0, 1};
  one.ct.hu.assign(one.ct.geometry.voxel_count(), -1000);
  for (int z = 0; z < 8; ++z) {
    for (int y = 1; y < 9; ++y) {
      for (int x = 2; x < 10; ++x) one.ct.hu[one.ct.geometry.index(z, y, x)] = 0;
    }
  }
  one.labels.geometry = one.ct.geometry;
  one.labels.label.assign(one.ct.hu.size(), 0);
  one.labels.label[one.labels.geometry.index(5, 4, 3)] = 3;
  return one;
}

struct Files {
  Files() { write(small_case()); }
  void write(const Case& one) const {
    REQUIRE(write_nifti(dir / "ct.nii.gz", one.ct));
    REQUIRE(write_nifti(dir / "labels.nii.gz", one.labels));
  }
  [[nodiscard]] DatasetEntry entry() const {
    DatasetEntry made;
    made.ct = dir / "ct.nii.gz";
    made.labels = dir / "labels.nii.gz";
    made.line = 7;
    return made;
  }
  test::TempDir dir;
};

FileSourceOptions options() { return {.classes = standard_classes(), .preprocess = {}}; }

std::string text_of(const Error& error) { return error.message; }

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("file_source: gives the model's view of a CT with the labels on the same voxels") {
  const Files files;
  const auto source = open_file_source({files.entry()}, options());
  REQUIRE(source);
  CHECK((*source)->count() == 1);
  const auto sample = (*source)->get(0);
  REQUIRE(sample);
  // Cropped to the body.
  CHECK((*sample)->size == GridSize{8, 8, 8});
  CHECK((*sample)->image.front() == doctest::Approx(0.7));
  REQUIRE((*sample)->vessels.size() == 1);
  // LPS x = 3 of 2..9 is RAS x = 6 of the crop, since the axis turns round; so does y = 4 of 1..8.
  const std::size_t expected = grid_index((*sample)->size, 9 - 3, 8 - 4, 5);
  CHECK((*sample)->vessels[0] == expected);
  CHECK((*sample)->label[expected] == 3);
}

TEST_CASE("file_source: labels survive resampling to another spacing by nearest neighbour") {
  Case one = small_case();
  // A block of label 2 of 6 x 6 x 6 voxels of 1.5 mm, 9 mm wide, on a grid of 1 mm.
  std::ranges::fill(one.labels.label, std::uint8_t{0});
  for (int z = 1; z < 7; ++z) {
    for (int y = 2; y < 8; ++y) {
      for (int x = 3; x < 9; ++x) {
        one.labels.label[one.labels.geometry.index(z, y, x)] = 2;
      }
    }
  }
  const auto grid = plan_model_grid(one.ct.geometry, {1, 1, 1});
  REQUIRE(grid);
  const auto labels = resample_labels(one.labels, *grid, {.start = {0, 0, 0}, .end = grid->size});
  CHECK(labels.size() == voxel_count(grid->size));
  CHECK(std::ranges::count(labels, 2) == 9 * 9 * 9);
  CHECK(std::ranges::count(labels, 0) + 9 * 9 * 9 == std::ssize(labels));
}

TEST_CASE("file_source: partial labels and kinds come from the list") {
  const Files files;
  DatasetEntry entry = files.entry();
  entry.labelled = {"right"};
  entry.kind = "synthetic";
  const auto source = open_file_source({entry}, options());
  REQUIRE(source);
  const auto sample = (*source)->get(0);
  REQUIRE(sample);
  CHECK((*sample)->labelled == std::vector<std::uint8_t>{0, 0, 1, 1});
  CHECK((*source)->description() == "1 CTs (synthetic)");
  const auto all = open_file_source({files.entry()}, options());
  REQUIRE(all);
  CHECK((*all)->identity() != (*source)->identity());
}

TEST_CASE("file_source: what is wrong with a file is told before training, with the line") {
  const Files files;
  DatasetEntry missing = files.entry();
  missing.ct = files.dir / "none.nii.gz";
  const auto none = open_file_source({files.entry(), missing}, options());
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ErrorCode::kNotFound);
  CHECK(contains(text_of(none.error()), "line 7"));
  CHECK(contains(text_of(none.error()), "none.nii.gz"));

  DatasetEntry odd = files.entry();
  odd.labelled = {"aorta"};
  CHECK_FALSE(open_file_source({odd}, options()));

  Case shifted = small_case();
  shifted.labels.geometry.voxel_to_lps[3] += 1.5;
  files.write(shifted);
  const auto mismatch = open_file_source({files.entry()}, options());
  REQUIRE_FALSE(mismatch);
  CHECK(mismatch.error().code == ErrorCode::kInvalidInput);
  CHECK(contains(text_of(mismatch.error()), "labels.nii.gz"));
}

TEST_CASE("file_source: what is wrong with the values is told when the volume is read") {
  const Files files;
  const auto error_of = [&](const Case& one) {
    files.write(one);
    const auto source = open_file_source({files.entry()}, options());
    REQUIRE(source);
    const auto sample = (*source)->get(0);
    REQUIRE_FALSE(sample);
    CHECK(sample.error().code == ErrorCode::kInvalidInput);
    CHECK(contains(sample.error().message, "ct.nii.gz"));
    return sample.error().message;
  };
  Case unknown = small_case();
  unknown.labels.label[unknown.labels.geometry.index(4, 4, 4)] = 9;
  CHECK(contains(error_of(unknown), "value 9"));
  Case air = small_case();
  std::ranges::fill(air.ct.hu, std::int16_t{-1000});
  CHECK(contains(error_of(air), "no voxel is above -700 HU"));
}
