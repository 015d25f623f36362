#include "model/examine/measure.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/unit/model/examine/tubes.h"

using namespace hilum;
using namespace hilum::model::examine;
using doctest::Approx;
using test::Tube;

namespace {

constexpr auto kBelow5 = static_cast<std::size_t>(CrossSection::kBelow5);
constexpr auto k5To10 = static_cast<std::size_t>(CrossSection::k5To10);
constexpr auto kFrom10 = static_cast<std::size_t>(CrossSection::kFrom10);

SegmentMeasures measure(const LabelMap& map, int label, int hu = 0) {
  const auto tallies = tally_labels(test::volume_of(map.geometry, hu), map, 1);
  return measure_segment(map, label, tallies[static_cast<std::size_t>(label)]);
}

/// Three tubes of 3.1, 7.1 and 28 mm2 as label 1.
const std::array<Tube, 3> kTubes{Tube{{5, 8, 6}, {35, 9, 9}, 1}, Tube{{5, 18, 8}, {35, 20, 6}, 1.5},
                                 Tube{{5, 32, 9}, {35, 30, 8}, 3}};

LabelMap three_tubes(const Geometry& geometry) {
  LabelMap map = test::empty_map(geometry);
  for (const Tube& tube : kTubes) draw(tube, 1, map);
  return map;
}

}  // namespace

TEST_CASE("measure: volume falls into the bin of its cross-section, and bins add up") {
  for (const std::array<double, 3> step : {std::array{0.6, 0.6, 0.6}, std::array{1.0, 0.7, 0.7}}) {
    CAPTURE(step[0]);
    const std::array<int, 3> size{static_cast<int>(18 / step[0]), static_cast<int>(40 / step[1]),
                                  static_cast<int>(40 / step[2])};
    const auto measures = measure(three_tubes(test::geometry_of(size, step)), 1);
    for (std::size_t bin = 0; bin < kCrossSections; ++bin) {
      CAPTURE(bin);
      CHECK(measures.by_cross_section_ml[bin] == Approx(kTubes[bin].millilitres()).epsilon(0.08));
    }
    CHECK(measures.by_cross_section_ml[0] + measures.by_cross_section_ml[1] +
              measures.by_cross_section_ml[2] ==
          Approx(measures.millilitres));
  }
}

TEST_CASE("measure: an artery and a vein that touch are two thin vessels") {
  // Askew, so that each runs through the other's box.
  LabelMap map = test::empty_map(test::geometry_of({20, 60, 60}, {0.6, 0.6, 0.6}));
  test::draw({{4, 4, 6}, {30, 30, 6}, 1.2}, 1, map);  // 4.5 mm2 each
  test::draw({{5.7, 2.3, 6}, {31.7, 28.3, 6}, 1.2}, 2, map);
  for (const int label : {1, 2}) {
    CAPTURE(label);
    const auto measures = measure(map, label);
    CHECK(measures.by_cross_section_ml[kBelow5] > 0.9 * measures.millilitres);
  }
  for (auto& label : map.label) label = label == 2 ? 1 : label;
  const auto merged = measure(map, 1);
  CHECK(merged.by_cross_section_ml[kBelow5] < 0.1 * merged.millilitres);
}

TEST_CASE("measure: slices of 5 mm keep a vessel across them in its bin") {
  LabelMap map = test::empty_map(test::geometry_of({10, 40, 40}, {5, 0.7, 0.7}));
  test::draw({{14, 14, 0}, {14, 14, 50}, 1.2}, 1, map);
  test::draw({{22, 22, 0}, {22, 22, 50}, 3}, 1, map);
  const auto measures = measure(map, 1);
  CHECK(measures.by_cross_section_ml[k5To10] == 0);
  CHECK(measures.by_cross_section_ml[kBelow5] == Approx(4.52 * 50 / 1000).epsilon(0.1));
  CHECK(measures.by_cross_section_ml[kFrom10] == Approx(28.3 * 50 / 1000).epsilon(0.1));
}

TEST_CASE("measure: a turned, mirrored or reversed grid gives the same") {
  const Geometry plain = test::geometry_of({30, 57, 57}, {0.6, 0.7, 0.7});
  LabelMap map = three_tubes(plain);
  const SegmentMeasures first = measure(map, 1);
  const double c = std::cos(0.6);
  const double s = std::sin(0.6);
  auto& m = map.geometry.voxel_to_lps;
  m = {0.7 * c, 0, 0.6 * s, 10, 0, -0.7, 0, -80, -0.7 * s, 0, 0.6 * c, 400, 0, 0, 0, 1};
  const SegmentMeasures turned = measure(map, 1);
  CHECK(turned.millilitres == Approx(first.millilitres));
  for (std::size_t bin = 0; bin < kCrossSections; ++bin) {
    CHECK(turned.by_cross_section_ml[bin] == Approx(first.by_cross_section_ml[bin]).epsilon(0.01));
  }
}

TEST_CASE("measure: a vessel that ends at the volume's border is measured up to it") {
  LabelMap map = test::empty_map(test::geometry_of({20, 20, 40}, {0.7, 0.7, 0.7}));
  test::draw({{-5, 7, 7}, {40, 7, 7}, 2.2}, 1, map);
  const auto measures = measure(map, 1);
  CHECK(measures.by_cross_section_ml[kFrom10] == Approx(measures.millilitres));
}

TEST_CASE("measure: HU of the voxels under a segment") {
  const Geometry geometry = test::geometry_of({1, 2, 4}, {1, 1, 1});
  Volume volume = test::volume_of(geometry, -1000);
  LabelMap map = test::empty_map(geometry);
  const std::array<std::int16_t, 4> values{100, 200, 400, 300};
  for (std::size_t i = 0; i < 4; ++i) {
    volume.hu[2 * i] = values[i];
    map.label[2 * i] = 7;
  }
  const auto tallies = tally_labels(volume, map, 1);
  const auto measures = measure_segment(map, 7, tallies[7]);
  CHECK(measures.voxels == 4);
  CHECK(measures.millilitres == Approx(0.004));
  REQUIRE(measures.hu);
  CHECK(measures.hu->mean == Approx(250));
  CHECK(measures.hu->standard_deviation == Approx(std::sqrt(12500.0)));
  CHECK_FALSE(measure_segment(map, 3, tallies[3]).hu);
  CHECK(measure_segment(map, 3, tallies[3]).voxels == 0);
}

TEST_CASE("measure: counts of a whole map do not depend on the number of threads") {
  const Geometry geometry = test::geometry_of({13, 11, 19}, {1, 1, 1});
  Volume volume = test::volume_of(geometry, 0);
  LabelMap map = test::empty_map(geometry);
  for (std::size_t i = 0; i < map.label.size(); ++i) {
    volume.hu[i] = static_cast<std::int16_t>((i * 37) % 4000 - 1000);
    if (i % 23 == 5) map.label[i] = static_cast<std::uint8_t>(1 + i % 3);
  }
  const auto one = tally_labels(volume, map, 1);
  const auto four = tally_labels(volume, map, 4);
  std::uint64_t voxels = 0;
  for (std::size_t k = 0; k < 256; ++k) {
    CHECK(one[k].hu == four[k].hu);
    CHECK(one[k].hu_squared == four[k].hu_squared);
    CHECK(one[k].lo == four[k].lo);
    CHECK(one[k].hi == four[k].hi);
    voxels += one[k].voxels;
  }
  CHECK(voxels == static_cast<std::uint64_t>(
                      std::ranges::count_if(map.label, [](std::uint8_t l) { return l != 0; })));
}
