#include "model/preprocess.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/unit/model/golden.h"

using namespace hilum;
using namespace hilum::model;

namespace {

/// Tolerances against MONAI, whose results are float32.
constexpr double kHuTolerance = 1e-3;      // of values up to 3000 HU: float32 rounding
constexpr double kScaledTolerance = 1e-6;  // of values 0..1

Affine affine_of(const SafetensorsFile& file, const std::string& name) {
  const auto values = file.values<double>(name);
  REQUIRE(values);
  REQUIRE(values->size() == 16);
  Affine affine{};
  std::copy(values->begin(), values->end(), affine.begin());
  return affine;
}

GridSize size_of(const SafetensorsFile& file, const std::string& name) {
  const auto& shape = file.tensors().at(name).shape;
  return {static_cast<int>(shape.at(0)), static_cast<int>(shape.at(1)),
          static_cast<int>(shape.at(2))};
}

GridSize corner_of(const SafetensorsFile& file, const std::string& name) {
  const auto values = file.values<std::int64_t>(name);
  REQUIRE(values);
  return {static_cast<int>((*values)[0]), static_cast<int>((*values)[1]),
          static_cast<int>((*values)[2])};
}

/// The case's volume, which is stored [i][j][k] with an affine to RAS, as ours: [z][y][x] and LPS.
Volume volume_of(const SafetensorsFile& file) {
  const GridSize ijk = size_of(file, "hu_ijk");
  const auto hu = file.values<std::int16_t>("hu_ijk");
  REQUIRE(hu);
  Volume volume;
  volume.geometry.size = {ijk[2], ijk[1], ijk[0]};
  volume.geometry.voxel_to_lps = compose(flip_lps_ras(), affine_of(file, "affine_ijk_to_ras_mm"));
  volume.hu.resize(hu->size());
  for (int i = 0; i < ijk[0]; ++i) {
    for (int j = 0; j < ijk[1]; ++j) {
      for (int k = 0; k < ijk[2]; ++k) {
        volume.hu[volume.geometry.index(k, j, i)] = (*hu)[grid_index(ijk, i, j, k)];
      }
    }
  }
  return volume;
}

constexpr std::array kCases{"axial_lps", "axial_thin", "coronal_source", "feet_first_reversed",
                            "tilted"};

}  // namespace

TEST_CASE("preprocess: orientation, spacing, intensity and crop are MONAI's") {
  for (const std::string name : kCases) {
    CAPTURE(name);
    const auto golden = test::golden_file("preprocess_" + name + ".safetensors");
    const Volume volume = volume_of(golden);

    const auto oriented = orient_to_ras(volume.geometry);
    REQUIRE(oriented);
    CHECK(oriented->size == size_of(golden, "oriented_hu"));
    CHECK(test::largest_difference(oriented->to_ras, affine_of(golden, "oriented_affine")) < 1e-9);

    const auto grid = plan_model_grid(volume.geometry, {1.5, 1.5, 1.5});
    REQUIRE(grid);
    CHECK(grid->size == size_of(golden, "spaced_hu"));
    CHECK(test::largest_difference(grid->to_ras, affine_of(golden, "spaced_affine")) < 1e-9);

    std::vector<float> values = resample_hu(volume, *grid, 2);
    const double hu_deviation =
        test::largest_difference(values, *golden.values<float>("spaced_hu"));
    INFO("largest deviation in HU: " << hu_deviation);
    CHECK(hu_deviation < kHuTolerance);

    scale_intensity(values, {-700, 300});
    const auto scaled = *golden.values<float>("scaled");
    const double deviation = test::largest_difference(values, scaled);
    INFO("largest deviation after scaling: " << deviation);
    CHECK(deviation < kScaledTolerance);

    const Box expected{.start = corner_of(golden, "crop_start"),
                       .end = corner_of(golden, "crop_end")};
    const auto image = preprocess(volume, {.threads = 1});
    REQUIRE(image);
    CHECK(image->crop == expected);
    REQUIRE(image->value.size() == voxel_count(expected.size()));
    const auto [x, y, z] = expected.size();
    CHECK(image->value[grid_index(expected.size(), x - 1, y - 1, z - 1)] ==
          doctest::Approx(scaled[grid_index(grid->size, expected.end[0] - 1, expected.end[1] - 1,
                                            expected.end[2] - 1)]));
    CHECK(image->value[0] ==
          doctest::Approx(scaled[grid_index(grid->size, expected.start[0], expected.start[1],
                                            expected.start[2])]));
  }
}

TEST_CASE("preprocess: the oriented grid names the source voxel of each of its voxels") {
  for (const std::string name : kCases) {
    CAPTURE(name);
    const auto golden = test::golden_file("preprocess_" + name + ".safetensors");
    const Volume volume = volume_of(golden);
    const auto oriented = orient_to_ras(volume.geometry);
    REQUIRE(oriented);
    const auto expected = *golden.values<std::int16_t>("oriented_hu");
    const auto [nx, ny, nz] = oriented->size;
    bool same = true;
    for (int x = 0; x < nx; ++x) {
      for (int y = 0; y < ny; ++y) {
        for (int z = 0; z < nz; ++z) {
          const Vec3 from = transform(oriented->to_source, {1.0 * x, 1.0 * y, 1.0 * z});
          const auto at = volume.geometry.index(
              static_cast<int>(from[2]), static_cast<int>(from[1]), static_cast<int>(from[0]));
          same = same && volume.hu[at] == expected[grid_index(oriented->size, x, y, z)];
        }
      }
    }
    CHECK(same);
  }
}

TEST_CASE("preprocess: the number of threads changes nothing") {
  const auto golden = test::golden_file("preprocess_tilted.safetensors");
  const Volume volume = volume_of(golden);
  const auto one = preprocess(volume, {.threads = 1});
  const auto three = preprocess(volume, {.threads = 3});
  REQUIRE(one);
  REQUIRE(three);
  CHECK(one->value == three->value);
}

TEST_CASE("preprocess: a volume of air has an empty crop") {
  Volume volume;
  volume.geometry.size = {3, 4, 5};
  volume.hu.assign(60, -1000);
  const auto image = preprocess(volume, {});
  REQUIRE(image);
  CHECK(image->crop.empty());
  CHECK(image->value.empty());
}

TEST_CASE("preprocess: values that do not match the geometry are refused") {
  Volume volume;
  volume.geometry.size = {3, 4, 5};
  volume.hu.assign(59, 0);
  const auto image = preprocess(volume, {});
  REQUIRE_FALSE(image);
  CHECK(image.error().code == ErrorCode::kInvalidInput);
}
