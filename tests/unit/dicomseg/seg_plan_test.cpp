#include "dicomseg/seg_plan.h"

#include <doctest/doctest.h>

using namespace hilum;
using namespace hilum::dicomseg;

namespace {

LabelMap empty_map(std::array<int, 3> size) {
  LabelMap map;
  map.geometry.size = size;
  map.label.resize(map.geometry.voxel_count());
  return map;
}

}  // namespace

TEST_CASE("seg plan: frames are segment-major, without empty ones, positions shared") {
  LabelMap map = empty_map({4, 1, 2});
  map.label = {0, 2, 0, 0, 1, 2, 1, 0};
  const auto plan = plan_frames(map, 2);
  REQUIRE(plan);
  REQUIRE(plan->frames.size() == 4);
  const std::vector<std::array<int, 3>> expected{{1, 2, 2}, {1, 3, 3}, {2, 0, 1}, {2, 2, 2}};
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    const SegFrame& f = plan->frames[i];
    CHECK(std::array{f.segment, f.z, f.position_index} == expected[i]);
  }
  CHECK(plan->voxels == std::vector<std::uint64_t>{2, 2});
  CHECK_FALSE(plan->nothing_found());
}

TEST_CASE("seg plan: a segment without voxels gets one empty frame") {
  const auto plan = plan_frames(empty_map({5, 2, 2}), 3);
  REQUIRE(plan);
  CHECK(plan->nothing_found());
  REQUIRE(plan->frames.size() == 3);
  CHECK(plan->frames[2].segment == 3);
  CHECK(plan->frames[2].z == 2);
  CHECK(plan->frames[2].position_index == 1);
}

TEST_CASE("seg plan: unknown labels and wrong sizes are bugs of the caller") {
  LabelMap map = empty_map({1, 1, 2});
  map.label[1] = 3;
  CHECK(plan_frames(map, 2).error().code == ErrorCode::kInternal);
  map.label.pop_back();
  CHECK(plan_frames(map, 3).error().code == ErrorCode::kInternal);
}

TEST_CASE("seg plan: bits are packed least significant first and run on from frame to frame") {
  LabelMap map = empty_map({2, 1, 5});
  map.label = {1, 0, 0, 0, 1, 1, 1, 0, 0, 0};
  const auto plan = plan_frames(map, 1);
  REQUIRE(plan);
  CHECK(pack_frames(map, plan->frames) == std::vector<std::uint8_t>{0b01110001, 0});
}
