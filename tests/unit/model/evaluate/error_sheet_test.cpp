#include "model/evaluate/error_sheet.h"

#include <doctest/doctest.h>

#include <array>

#include "tests/unit/model/shapes.h"

using namespace hilum;
using namespace hilum::model::evaluate;

namespace {

const std::vector<EvaluatedClass> kClasses = evaluated_classes(model::standard_classes());
const std::vector<std::uint8_t> kAll{1, 1, 1, 1};

using Pixel = std::array<int, 3>;

Pixel pixel(const RgbImage& image, int x, int y) {
  const auto at = static_cast<std::size_t>(y * image.width + x) * 3;
  return {image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]};
}

bool is_grey(const Pixel& p) { return p[0] > 0 && p[0] == p[1] && p[1] == p[2]; }
bool is_orange(const Pixel& p) { return p[0] > p[1] && p[1] > p[2]; }
bool is_blue(const Pixel& p) { return p[2] > p[1] && p[1] > p[0]; }

}  // namespace

TEST_CASE("error sheet: what a voxel's finding is") {
  // Labels: left artery, left vein, right artery, right vein.
  CHECK(finding_of(0, 0, kClasses, kAll) == Finding::kNone);
  CHECK(finding_of(2, 2, kClasses, kAll) == Finding::kRight);
  CHECK(finding_of(0, 3, kClasses, kAll) == Finding::kMissed);
  CHECK(finding_of(3, 0, kClasses, kAll) == Finding::kInvented);
  CHECK(finding_of(1, 2, kClasses, kAll) == Finding::kOtherVessel);
  CHECK(finding_of(1, 4, kClasses, kAll) == Finding::kOtherVessel);
  CHECK(finding_of(1, 3, kClasses, kAll) == Finding::kOtherSide);
  const std::vector<std::uint8_t> left{1, 1, 0, 0};
  CHECK(finding_of(3, 0, kClasses, left) == Finding::kNone);
  CHECK(finding_of(1, 0, kClasses, left) == Finding::kInvented);
}

TEST_CASE(
    "error sheet: from the front, from the left and from below, the patient's left on the right") {
  // 1.5 mm: two pixels a voxel. Found: a line from 10 to 19 along the patient's left. Missed: at
  // its right end, above. Invented: at its left end, in front and below.
  LabelMap reference = test::empty_labels({20, 20, 40}, {1.5, 1.5, 1.5});
  LabelMap prediction = reference;
  test::fill(reference, {10, 10, 10}, {11, 11, 20}, 1);
  test::fill(prediction, {10, 10, 10}, {11, 11, 20}, 1);
  test::fill(reference, {14, 10, 10}, {15, 11, 11}, 1);
  test::fill(prediction, {8, 5, 19}, {9, 6, 20}, 2);
  const RgbImage image = error_sheet(prediction, reference, kClasses, kAll);
  constexpr int kGap = 8;
  constexpr int kFrontal = 10 * 2;
  constexpr int kLateral = 6 * 2;
  REQUIRE(image.width == kFrontal + kGap + kLateral + kGap + kFrontal);
  REQUIRE(image.height == 7 * 2);  // from 14 down to 8

  CHECK(is_orange(pixel(image, 0, 0)));            // right of the patient, top
  CHECK(is_grey(pixel(image, 0, 8)));              // four voxels below
  CHECK(is_grey(pixel(image, kFrontal - 1, 8)));   // to the left end
  CHECK(is_blue(pixel(image, kFrontal - 1, 13)));  // bottom
  CHECK(pixel(image, 4, 0) == Pixel{0, 0, 0});
  CHECK(pixel(image, kFrontal + 2, 8) == Pixel{0, 0, 0});  // the gap

  const int lateral = kFrontal + kGap;
  CHECK(is_blue(pixel(image, lateral, 13)));  // in front
  CHECK(is_grey(pixel(image, lateral + kLateral - 1, 8)));
  CHECK(is_orange(pixel(image, lateral + kLateral - 1, 0)));
  // Ten voxels on one ray are brighter than one.
  CHECK(pixel(image, lateral + kLateral - 1, 8)[0] > pixel(image, 0, 8)[0] + 50);

  const int below = lateral + kLateral + kGap;
  CHECK(is_blue(pixel(image, below + kFrontal - 1, 0)));  // in front is up
  CHECK(is_grey(pixel(image, below + kFrontal - 3, 10)));
  // On one ray, one right and one missed voxel are mixed.
  const Pixel mixed = pixel(image, below, 10);
  CHECK(is_orange(mixed));
  CHECK(mixed[2] > 40);
}

TEST_CASE("error sheet: the same patient in any acquisition, and nothing at all") {
  LabelMap reference = test::empty_labels({8, 9, 10}, {1.5, 1.5, 1.5});
  test::fill(reference, {2, 3, 1}, {5, 4, 7}, 1);
  test::fill(reference, {2, 3, 1}, {3, 8, 2}, 4);
  LabelMap prediction = reference;
  test::fill(prediction, {4, 3, 1}, {5, 4, 3}, 0);
  const RgbImage image = error_sheet(prediction, reference, kClasses, kAll);

  // Slices from top to bottom.
  const auto turned = [](const LabelMap& map) {
    LabelMap other = map;
    const Geometry& g = map.geometry;
    other.geometry.voxel_to_lps[10] *= -1;
    other.geometry.voxel_to_lps[11] = g.to_lps({0, 0, g.size[0] - 1.0})[2];
    for (int z = 0; z < g.size[0]; ++z) {
      for (int y = 0; y < g.size[1]; ++y) {
        for (int x = 0; x < g.size[2]; ++x) {
          other.label[g.index(g.size[0] - 1 - z, y, x)] = map.label[g.index(z, y, x)];
        }
      }
    }
    return other;
  };
  CHECK(error_sheet(turned(prediction), turned(reference), kClasses, kAll).pixels == image.pixels);

  const LabelMap empty = test::empty_labels({4, 4, 4});
  const RgbImage black = error_sheet(empty, empty, kClasses, kAll);
  CHECK(black.width > 0);
  CHECK(black.pixels == std::vector<std::uint8_t>(black.pixels.size(), 0));

  // A voxel of ten metres does not make a picture of ten thousand pixels.
  LabelMap huge = test::empty_labels({2, 2, 2}, {1e4, 1e4, 1e4});
  test::fill(huge, {0, 0, 0}, {2, 2, 2}, 1);
  CHECK(error_sheet(huge, huge, kClasses, kAll).width < 100);
}
