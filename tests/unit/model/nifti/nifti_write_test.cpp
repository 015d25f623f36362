#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <numeric>
#include <string>

#include "model/nifti/nifti.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;

namespace {

Volume numbered(const std::array<double, 16>& matrix) {
  Volume volume;
  volume.geometry.size = {4, 3, 5};
  volume.geometry.voxel_to_lps = matrix;
  volume.hu.resize(60);
  std::iota(volume.hu.begin(), volume.hu.end(), std::int16_t{-1024});
  return volume;
}

void check_round_trip(const std::array<double, 16>& matrix) {
  const test::TempDir dir;
  const Volume volume = numbered(matrix);
  for (const char* name : {"a.nii", "a.nii.gz"}) {
    const auto written = write_nifti(dir / name, volume, "a description");
    REQUIRE_MESSAGE(written, written.error().message);
    const auto back = read_nifti_ct(dir / name);
    REQUIRE_MESSAGE(back, back.error().message);
    CHECK(back->hu == volume.hu);
    CHECK(back->geometry.size == volume.geometry.size);
    for (std::size_t i = 0; i < 16; ++i) {
      CHECK(back->geometry.voxel_to_lps[i] == doctest::Approx(matrix[i]).epsilon(1e-6));
    }
    CHECK(inspect_nifti(dir / name)->description == "a description");
  }
}

}  // namespace

TEST_CASE("nifti: what was written is read back: axial, reversed, oblique, sheared, coronal") {
  check_round_trip({0.7, 0, 0, -180.5, 0, 0.7, 0, -170, 0, 0, 1.25, -300, 0, 0, 0, 1});
  check_round_trip({0.7, 0, 0, -180.5, 0, 0.7, 0, -170, 0, 0, -1.25, 300, 0, 0, 0, 1});
  const double c = std::cos(std::numbers::pi / 7);
  const double s = std::sin(std::numbers::pi / 7);
  check_round_trip({0.7 * c, -0.8 * s, 0, 5, 0.7 * s, 0.8 * c, 0, 6, 0, 0, 2, 7, 0, 0, 0, 1});
  check_round_trip({0.7, 0, 0, 1, 0, 0.7, 0.3, 2, 0, 0, 2, 3, 0, 0, 0, 1});
  check_round_trip({1, 0, 0, 0, 0, 0, 2, 0, 0, -1, 0, 0, 0, 0, 0, 1});
}

TEST_CASE("nifti: labels round trip, and the same labels give the same bytes") {
  const test::TempDir dir;
  LabelMap labels{numbered({-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}).geometry, {}};
  labels.label.resize(60);
  std::iota(labels.label.begin(), labels.label.end(), std::uint8_t{0});
  labels.label[59] = 254;
  REQUIRE(write_nifti(dir / "a.nii.gz", labels));
  CHECK(read_nifti_labels(dir / "a.nii.gz")->label == labels.label);
  REQUIRE(write_nifti(dir / "b.nii.gz", labels));
  CHECK(test::read_file(dir / "a.nii.gz") == test::read_file(dir / "b.nii.gz"));
  CHECK_FALSE(std::filesystem::exists(dir / "a.nii.gz.part"));
}

TEST_CASE("nifti: a name, a size or a folder that does not do is an error, the old file stays") {
  const test::TempDir dir;
  Volume volume = numbered({1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1});
  CHECK(write_nifti(dir / "a.img", volume).error().code == ErrorCode::kInvalidInput);
  CHECK_FALSE(write_nifti(dir / "no/such/a.nii", volume));
  REQUIRE(write_nifti(dir / "a.nii", volume));
  volume.hu.pop_back();
  CHECK(write_nifti(dir / "a.nii", volume).error().code == ErrorCode::kInvalidInput);
  CHECK(read_nifti_ct(dir / "a.nii"));
}

TEST_CASE("nifti: grids are one when their corners meet") {
  const Geometry a = numbered({0.7, 0, 0, -180, 0, 0.7, 0, -170, 0, 0, 1, 0, 0, 0, 0, 1}).geometry;
  Geometry b = a;
  b.voxel_to_lps[3] += 0.01;
  CHECK(check_same_grid(a, b, "x"));
  b.voxel_to_lps[3] += 0.2;
  CHECK(check_same_grid(a, b, "labels and CT").error().message.starts_with("labels and CT lie"));
  b = a;
  b.voxel_to_lps[0] *= -1;
  CHECK_FALSE(check_same_grid(a, b, "x"));
  b = a;
  b.size = {5, 3, 4};
  CHECK(check_same_grid(a, b, "x").error().message.find("different sizes") != std::string::npos);
}
