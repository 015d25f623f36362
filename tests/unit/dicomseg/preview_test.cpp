#include "dicomseg/preview.h"

#include <doctest/doctest.h>

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
    CHECK(sheet->width == 128);
    CHECK(sheet->height == 128);
    int left_side = 0;
    int right_side = 0;
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 64; ++x) (x < 32 ? left_side : right_side) += coloured(*sheet, x, y);
    }
    CHECK(left_side == 0);
    CHECK(right_side > 20);
  }
}

TEST_CASE("preview: a result without labels still has a sheet, and nonsense has none") {
  const Geometry g = test::geometry_of(test::grids()[0], {4, 8, 8});
  const Volume volume = test::numbered_volume(g);
  LabelMap labels{g, std::vector<std::uint8_t>(g.voxel_count())};
  const auto sheet = preview_sheet(volume, labels, {}, {});
  REQUIRE(sheet);
  CHECK(sheet->width == 3 * 320);
  labels.label.pop_back();
  CHECK(preview_sheet(volume, labels, {}, {}).error().code == ErrorCode::kInvalidInput);
}
