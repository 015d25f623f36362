#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "dicomseg/seg_reader.h"

using namespace hilum;
using namespace hilum::dicomseg;

namespace {

/// 8 columns, 1 row, 2 slices of 1 mm; each frame is one byte, the lowest bit the first column.
struct Frame {
  int segment;
  double z;
  std::uint8_t bits;
};

Segmentation seg_of(const std::vector<Frame>& frames) {
  Segmentation seg;
  seg.rows = 1;
  seg.columns = 8;
  seg.row_cosines = {1, 0, 0};
  seg.column_cosines = {0, 1, 0};
  seg.row_step_mm = 1;
  seg.column_step_mm = 1;
  for (const Frame& frame : frames) {
    SegFrameInfo info;
    info.segment = frame.segment;
    info.position = {0, 0, frame.z};
    seg.frames.push_back(info);
    seg.pixels.push_back(frame.bits);
  }
  return seg;
}

/// Images at `heights`, in mm, on slices of 1 mm.
LoadedSeries images_at(const std::vector<double>& heights) {
  LoadedSeries series;
  for (const double z : heights) {
    series.frames.push_back({.file = {},
                             .sop = *SopInstanceUid::parse("1.2.3"),
                             .sop_class = *SopClassUid::parse("1.2.4"),
                             .position = {0, 0, z},
                             .slice = static_cast<int>(std::lround(z))});
  }
  series.volume.geometry.size = {series.frames.back().slice + 1, 1, 8};
  return series;
}

LoadedSeries two_slices() { return images_at({0, 1}); }

}  // namespace

TEST_CASE("placing segments: numbers become the labels asked for, others are left out") {
  const Segmentation seg = seg_of({{7, 1, 0b00000011}, {2, 0, 0b10000000}, {9, 0, 0b01111111}});
  const std::vector<std::uint8_t> label_of{0, 0, 3, 0, 0, 0, 0, 1};
  const auto placed = place_segments(seg, two_slices(), label_of);
  REQUIRE_MESSAGE(placed, placed.error().message);
  CHECK(placed->overlapping == 0);
  CHECK(placed->map.label ==
        std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0, 0, 3, 1, 1, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("placing segments: a voxel claimed more than once counts once and keeps the smaller") {
  const std::vector<std::uint8_t> label_of{0, 4, 2, 3};
  for (const auto& order : {std::array{1, 2, 3}, {3, 1, 2}, {2, 3, 1}}) {
    std::vector<Frame> frames;
    for (const int segment : order) frames.push_back({segment, 0, 0b00000110});
    const auto placed = place_segments(seg_of(frames), two_slices(), label_of);
    REQUIRE(placed);
    CHECK(placed->overlapping == 2);
    CHECK(placed->map.label[1] == 2);
    CHECK(placed->map.label[2] == 2);
    CHECK_FALSE(place_on(seg_of(frames), two_slices()));
  }
}

TEST_CASE("placing segments: frames beside the grid are refused") {
  const std::vector<std::uint8_t> label_of{0, 1};
  CHECK_FALSE(place_segments(seg_of({{1, 0.5, 1}}), two_slices(), label_of));
  CHECK_FALSE(place_segments(seg_of({{1, 2, 1}}), two_slices(), label_of));
  CHECK_FALSE(place_segments(seg_of({{0, 0, 1}}), two_slices(), label_of));
  Segmentation narrow = seg_of({{1, 0, 1}});
  narrow.columns = 7;
  CHECK_FALSE(place_segments(narrow, two_slices(), label_of));
}

TEST_CASE("placing segments: slices that no image shows get what the nearest image has") {
  const Segmentation seg = seg_of({{1, 0, 0b0001}, {1, 4, 0b0010}});
  const auto placed = place_on(seg, images_at({0, 4}));
  REQUIRE_MESSAGE(placed, placed.error().message);
  for (int z = 0; z < 5; ++z) {
    CAPTURE(z);
    CHECK(placed->label[static_cast<std::size_t>(z) * 8] == (z <= 2 ? 1 : 0));
    CHECK(placed->label[static_cast<std::size_t>(z) * 8 + 1] == (z <= 2 ? 0 : 1));
  }
  CHECK_FALSE(place_on(seg_of({{1, 2, 1}}), images_at({0, 4})));
}

TEST_CASE("placing segments: places as an even stack would have them are good enough") {
  const LoadedSeries rounded = images_at({0, 1.04, 2});
  CHECK(place_on(seg_of({{1, 1, 1}}), rounded));
  const auto exact =
      images_of_frames(seg_of({{1, 1.04, 1}, {1, 2, 1}}), rounded, kPlacementToleranceMm);
  REQUIRE(exact);
  CHECK(*exact == std::vector<std::size_t>{1, 2});
  CHECK_FALSE(images_of_frames(seg_of({{1, 1, 1}}), rounded, kPlacementToleranceMm));
}
