#include "dicomseg/preview.h"

#include <doctest/doctest.h>

#include <array>
#include <utility>
#include <vector>

#include "tests/unit/dicomseg/synthetic.h"

using namespace hilum;
using namespace hilum::dicomseg;

namespace {

constexpr PreviewOptions kSmall{.tile_px = 64, .axial_tiles = 1};

bool coloured(const RgbImage& image, int x, int y) {
  const auto at = static_cast<std::size_t>(y * image.width + x) * 3;
  return image.pixels[at] != image.pixels[at + 1] || image.pixels[at] != image.pixels[at + 2];
}

}  // namespace

TEST_CASE("preview: the patient's left is on the right, in every acquisition") {
  for (const auto& grid : test::grids()) {
    CAPTURE(grid.name);
    const Geometry g = test::geometry_of(grid, {24, 40, 40});
    Volume volume{g, std::vector<std::int16_t>(g.voxel_count())};
    LabelMap labels{g, std::vector<std::uint8_t>(g.voxel_count())};
    const Vec3 a = g.to_lps({0, 0, 0});
    const Vec3 b = g.to_lps({39, 39, 23});
    const double middle = (a[0] + b[0]) / 2;
    for (int z = 0; z < 24; ++z) {
      for (int y = 0; y < 40; ++y) {
        for (int x = 0; x < 40; ++x) {
          const Vec3 p = g.to_lps({1.0 * x, 1.0 * y, 1.0 * z});
          if (p[0] > middle + 2) labels.label[g.index(z, y, x)] = 1;  // left half of the patient
        }
      }
    }
    const auto sheet = preview_sheet(volume, labels, test::vessel_model().segments, kSmall);
    REQUIRE(sheet);
    CHECK(sheet->width == 3 * 64);
    CHECK(sheet->height == 2 * 64);
    int left_side = 0;
    int right_side = 0;
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 64; ++x) (x < 32 ? left_side : right_side) += coloured(*sheet, x, y);
    }
    CHECK(left_side == 0);
    CHECK(right_side > 20);
  }
}

TEST_CASE(
    "preview: projections show what is nearest: in front, at the patient's left, at the feet") {
  // Red is right, at the back and at the head; blue is left, in front and at the feet.
  const Geometry g = test::geometry_of(test::grids()[0], {24, 40, 40});
  const Volume volume{g, std::vector<std::int16_t>(g.voxel_count())};
  LabelMap labels{g, std::vector<std::uint8_t>(g.voxel_count())};
  Vec3 low = g.to_lps({0, 0, 0});
  Vec3 high = g.to_lps({39, 39, 23});
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (low[axis] > high[axis]) std::swap(low[axis], high[axis]);
  }
  std::vector<SegmentSpec> segments = test::vessel_model().segments;
  segments[0].rgb = {200, 0, 0};
  segments[1].rgb = {0, 0, 200};
  const std::array<std::size_t, 3> depths{1, 0, 2};  // of the three projections
  for (std::size_t tile = 0; tile < 3; ++tile) {
    const std::size_t axis = depths[tile];
    for (int z = 0; z < 24; ++z) {
      for (int y = 0; y < 40; ++y) {
        for (int x = 0; x < 40; ++x) {
          const Vec3 p = g.to_lps({1.0 * x, 1.0 * y, 1.0 * z});
          const bool near =
              axis == 0 ? p[0] > (low[0] + high[0]) / 2 : p[axis] < (low[axis] + high[axis]) / 2;
          labels.label[g.index(z, y, x)] = near ? 2 : 1;
        }
      }
    }
    const auto sheet = preview_sheet(volume, labels, segments, kSmall);
    REQUIRE(sheet);
    // Axial, coronal, sagittal plane; then from the front, from the left, from the feet.
    const int x0 = static_cast<int>(tile) * 64;
    const auto at = static_cast<std::size_t>((64 + 32) * sheet->width + x0 + 32) * 3;
    CAPTURE(tile);
    CHECK(sheet->pixels[at] == 0);
    CHECK(sheet->pixels[at + 2] > 100);
  }
}

TEST_CASE("preview: a result without labels still has a sheet, and nonsense has none") {
  const Geometry g = test::geometry_of(test::grids()[0], {4, 8, 8});
  const Volume volume = test::numbered_volume(g);
  LabelMap labels{g, std::vector<std::uint8_t>(g.voxel_count())};
  const auto sheet = preview_sheet(volume, labels, {}, {});
  REQUIRE(sheet);
  CHECK(sheet->width == 4 * 320);
  labels.label.pop_back();
  CHECK(preview_sheet(volume, labels, {}, {}).error().code == ErrorCode::kInvalidInput);
}
