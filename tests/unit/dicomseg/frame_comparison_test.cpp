#include "dicomseg/frame_comparison.h"

#include <doctest/doctest.h>

#include <vector>

using namespace hilum;
using namespace hilum::dicomseg;

namespace {

/// Two slices of 3 x 5 with two segments, and a file that shows them. 15 voxels: no frame but the
/// first begins with a byte.
struct Case {
  LabelMap labels;
  SegLayout layout{.name = "seg", .title = {}, .segments = {{SegmentSpec{}, {1}}, {{}, {2, 3}}}};
  Segmentation seg;
  std::vector<int> slices{0, 1, 1};  ///< segment 1 on both, segment 2 on the second

  Case() {
    labels.geometry.size = {2, 3, 5};
    labels.label.resize(30);
    labels.label[7] = 1;
    labels.label[15 + 2] = 1;
    labels.label[15 + 3] = 3;
    labels.label[15 + 14] = 2;
    seg.rows = 3;
    seg.columns = 5;
    seg.row_cosines = {1, 0, 0};
    seg.column_cosines = {0, 1, 0};
    seg.column_step_mm = 2;
    seg.row_step_mm = 3;
    for (const auto& [segment, z] : {std::pair{1, 0.0}, {1, 10.0}, {2, 10.0}}) {
      SegFrameInfo frame;
      frame.segment = segment;
      frame.position = {100, 200, z};
      seg.frames.push_back(frame);
    }
    seg.pixels.resize(6);
    for (const int bit : {7, 15 + 2, 30 + 3, 30 + 14}) flip(bit);
  }
  void flip(int bit) {
    auto& byte = seg.pixels[static_cast<std::size_t>(bit / 8)];
    byte = static_cast<std::uint8_t>(byte ^ (1U << (bit % 8)));
  }
  [[nodiscard]] auto compared() const { return compare_frames(seg, slices, labels, layout); }
};

}  // namespace

TEST_CASE("frame comparison: equal frames give sums at the places that the file says") {
  const auto sums = Case().compared();
  REQUIRE_MESSAGE(sums, sums.error().message);
  REQUIRE(sums->size() == 2);
  CHECK((*sums)[0].voxels == 2);
  // Row 1, column 2 of the first slice and row 0, column 2 of the second.
  CHECK((*sums)[0].centroid() == Vec3{104, 201.5, 5});
  CHECK((*sums)[1].voxels == 2);
  CHECK((*sums)[1].centroid() == Vec3{107, 203, 10});
}

TEST_CASE("frame comparison: a voxel too many or too few is named, wherever it is") {
  for (const int bit : {0, 7, 14, 15, 29, 30, 30 + 14}) {
    CAPTURE(bit);
    Case one;
    one.flip(bit);
    const auto sums = one.compared();
    REQUIRE_FALSE(sums);
    CHECK(sums.error().message == "frame " + std::to_string(bit / 15 + 1) + ", row " +
                                      std::to_string(bit % 15 / 5 + 1) + ", column " +
                                      std::to_string(bit % 5 + 1) + " differs");
  }
}

TEST_CASE("frame comparison: a label map shows all segments of a slice by their numbers") {
  Case one;
  one.seg.kind = SegPixels::kNumbers;
  one.seg.frames.resize(2);
  for (SegFrameInfo& frame : one.seg.frames) frame.segment = 0;
  one.slices = {0, 1};
  one.seg.pixels.assign(30, 0);
  one.seg.pixels[7] = one.seg.pixels[15 + 2] = 1;
  one.seg.pixels[15 + 3] = one.seg.pixels[15 + 14] = 2;
  REQUIRE(one.compared());
  one.seg.pixels[15 + 3] = 3;  // the label in place of the segment
  CHECK_FALSE(one.compared());
}

TEST_CASE("frame comparison: a frame of a segment that is not there is refused") {
  Case one;
  one.seg.frames[2].segment = 3;
  CHECK_FALSE(one.compared());
}
