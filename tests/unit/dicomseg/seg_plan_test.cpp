#include "dicomseg/seg_plan.h"

#include <doctest/doctest.h>

#include <numeric>

using namespace hilum;
using namespace hilum::dicomseg;

namespace {

LabelMap empty_map(std::array<int, 3> size) {
  LabelMap map;
  map.geometry.size = size;
  map.label.resize(map.geometry.voxel_count());
  return map;
}

/// Segments 1..`count`, each of one label.
SegLayout plain(int count) {
  SegLayout layout{.name = "seg", .title = {}, .segments = {}};
  for (int k = 1; k <= count; ++k) layout.segments.push_back({SegmentSpec{}, {k}});
  return layout;
}

/// Every slice is an image.
SegPlan plan(const LabelMap& map, const SegLayout& layout, const PlanOptions& options = {}) {
  const auto counts = count_labels(map, 255);
  REQUIRE(counts);
  std::vector<int> slices(counts->size());
  std::iota(slices.begin(), slices.end(), 0);
  return plan_frames(*counts, slices, layout, options);
}

std::vector<std::array<int, 3>> frames(const SegPlan& plan) {
  std::vector<std::array<int, 3>> all;
  for (const SegFrame& f : plan.frames) all.push_back({f.segment, f.z, f.position_index});
  return all;
}

using Frames = std::vector<std::array<int, 3>>;
using Voxels = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("seg plan: frames are segment-major, without empty ones, positions shared") {
  LabelMap map = empty_map({4, 1, 2});
  map.label = {0, 2, 0, 0, 1, 2, 1, 0};
  const SegPlan two = plan(map, plain(2));
  CHECK(frames(two) == Frames{{1, 2, 2}, {1, 3, 3}, {2, 0, 1}, {2, 2, 2}});
  CHECK(two.voxels == Voxels{2, 2});
  CHECK_FALSE(two.nothing_found());
}

TEST_CASE("seg plan: empty frames are kept when asked for") {
  LabelMap map = empty_map({2, 1, 2});
  map.label = {0, 2, 0, 0};
  const PlanOptions keep{.empty_frames = ViewerProfile::EmptyFrames::kKeep};
  CHECK(frames(plan(map, plain(2), keep)) == Frames{{1, 0, 1}, {1, 1, 2}, {2, 0, 1}, {2, 1, 2}});
  const PlanOptions all{.kind = FrameKind::kOfAllSegments,
                        .empty_frames = ViewerProfile::EmptyFrames::kKeep};
  CHECK(frames(plan(map, plain(2), all)) == Frames{{0, 0, 1}, {0, 1, 2}});
}

TEST_CASE("seg plan: a label map has a frame for every slice with something on it") {
  LabelMap map = empty_map({4, 1, 2});
  map.label = {0, 2, 0, 0, 1, 2, 1, 0};
  const SegPlan both = plan(map, plain(2), {.kind = FrameKind::kOfAllSegments});
  CHECK(frames(both) == Frames{{0, 0, 1}, {0, 2, 2}, {0, 3, 3}});
  CHECK(both.voxels == Voxels{2, 2});
  CHECK(frames(plan(empty_map({5, 1, 2}), plain(2), {.kind = FrameKind::kOfAllSegments})) ==
        Frames{{0, 2, 1}});
}

TEST_CASE("seg plan: slices that no image shows have no frames, and their voxels do not count") {
  LabelMap map = empty_map({4, 1, 2});
  map.label = {0, 2, 1, 1, 1, 2, 2, 0};
  const auto counts = count_labels(map, 2);
  REQUIRE(counts);
  const std::vector<int> slice_of_image{0, 2, 3};
  const SegPlan two = plan_frames(*counts, slice_of_image, plain(2));
  CHECK(frames(two) == Frames{{1, 2, 2}, {2, 0, 1}, {2, 2, 2}, {2, 3, 3}});
  CHECK(two.voxels == Voxels{1, 3});
  std::vector<std::size_t> images;
  for (const SegFrame& frame : two.frames) images.push_back(frame.image);
  CHECK(images == std::vector<std::size_t>{1, 0, 1, 2});

  const SegPlan nothing =
      plan_frames(*count_labels(empty_map({4, 1, 2}), 2), slice_of_image, plain(1));
  CHECK(frames(nothing) == Frames{{1, 2, 1}});
}

TEST_CASE("seg plan: a segment may be several labels, and labels may be left out") {
  LabelMap map = empty_map({3, 1, 2});
  map.label = {1, 0, 2, 3, 0, 2};
  SegLayout layout = plain(1);
  layout.segments[0].labels = {1, 3};
  const SegPlan one = plan(map, layout);
  CHECK(frames(one) == Frames{{1, 0, 1}, {1, 1, 2}});
  CHECK(one.voxels == Voxels{2});
}

TEST_CASE("seg plan: a segment without voxels gets one empty frame") {
  const SegPlan three = plan(empty_map({5, 2, 2}), plain(3));
  CHECK(three.nothing_found());
  CHECK(frames(three) == Frames{{1, 2, 1}, {2, 2, 1}, {3, 2, 1}});
}

TEST_CASE("seg plan: unknown labels and wrong sizes are bugs of the caller") {
  LabelMap map = empty_map({1, 1, 2});
  map.label[1] = 3;
  CHECK(count_labels(map, 2).error().code == ErrorCode::kInternal);
  CHECK(count_labels(map, 3));
  map.label.pop_back();
  CHECK(count_labels(map, 3).error().code == ErrorCode::kInternal);
}

TEST_CASE("seg plan: counts are right for any length of a slice") {
  for (int columns = 1; columns < 20; ++columns) {
    CAPTURE(columns);
    LabelMap map = empty_map({2, 1, columns});
    map.label.back() = 7;
    const auto counts = count_labels(map, 7);
    REQUIRE(counts);
    CHECK((*counts)[0][0] == static_cast<std::uint64_t>(columns));
    CHECK((*counts)[1][0] == static_cast<std::uint64_t>(columns - 1));
    CHECK((*counts)[1][7] == 1);
  }
}
