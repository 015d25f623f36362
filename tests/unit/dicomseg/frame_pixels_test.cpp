#include "dicomseg/frame_pixels.h"

#include <doctest/doctest.h>

#include <vector>

using namespace hilum;
using namespace hilum::dicomseg;

namespace {

LabelMap map_of(std::array<int, 3> size, std::vector<std::uint8_t> labels) {
  LabelMap map;
  map.geometry.size = size;
  map.label = std::move(labels);
  return map;
}

SegLayout layout_of(const std::vector<std::vector<int>>& segments) {
  SegLayout layout{.name = "seg", .title = {}, .segments = {}};
  for (const auto& labels : segments) layout.segments.push_back({SegmentSpec{}, labels});
  return layout;
}

/// The same bits, one voxel at a time.
std::vector<std::uint8_t> packed_plainly(const LabelMap& map, const SegLayout& layout,
                                         const std::vector<SegFrame>& frames) {
  const auto slice = static_cast<std::size_t>(map.geometry.size[1] * map.geometry.size[2]);
  std::vector<std::uint8_t> packed(pixel_bytes(frames.size(), slice, 1));
  std::size_t bit = 0;
  for (const SegFrame& frame : frames) {
    for (std::size_t i = 0; i < slice; ++i, ++bit) {
      const auto label = map.label[static_cast<std::size_t>(frame.z) * slice + i];
      const bool in = layout.segment_of_label()[label] == frame.segment;
      packed[bit / 8] = static_cast<std::uint8_t>(packed[bit / 8] | (in ? 1 << bit % 8 : 0));
    }
  }
  return packed;
}

}  // namespace

TEST_CASE("frame pixels: bits are least significant first and run on from frame to frame") {
  const LabelMap map = map_of({2, 1, 5}, {1, 0, 0, 0, 1, 1, 1, 0, 0, 0});
  const SegFrame frames[] = {{.segment = 1, .z = 0}, {.segment = 1, .z = 1}};
  std::vector<std::uint8_t> packed(pixel_bytes(2, 5, 1), 0xFF);
  pack_frames(map, layout_of({{1}}), frames, packed);
  CHECK(packed == std::vector<std::uint8_t>{0b01110001, 0});
}

TEST_CASE("frame pixels: every size of a slice and every label, as one voxel at a time") {
  for (int columns = 1; columns < 35; ++columns) {
    CAPTURE(columns);
    std::vector<std::uint8_t> labels(static_cast<std::size_t>(3 * columns));
    for (std::size_t i = 0; i < labels.size(); ++i) {
      labels[i] = static_cast<std::uint8_t>(i * 7919 % 5 * (i % 3) * 31);  // 0..248, repeatedly 0
    }
    const LabelMap map = map_of({3, 1, columns}, labels);
    const SegLayout layout = layout_of({{31}, {62, 248}, {255, 1, 124}});
    const std::vector<SegFrame> frames{{1, 0, 1}, {1, 2, 3}, {2, 1, 2}, {3, 2, 3}, {3, 0, 1}};
    std::vector<std::uint8_t> packed(
        pixel_bytes(frames.size(), static_cast<std::size_t>(columns), 1));
    pack_frames(map, layout, frames, packed);
    CHECK(packed == packed_plainly(map, layout, frames));
  }
}

TEST_CASE("frame pixels: a label map holds segment numbers, padded to an even length") {
  const LabelMap map = map_of({2, 1, 3}, {0, 4, 2, 9, 2, 4});
  const SegFrame frames[] = {{.segment = 0, .z = 1}};
  std::vector<std::uint8_t> numbers(pixel_bytes(1, 3, 8), 0xFF);
  number_frames(map, layout_of({{2, 9}, {4}}), frames, numbers);
  CHECK(numbers == std::vector<std::uint8_t>{1, 1, 2, 0});
}
