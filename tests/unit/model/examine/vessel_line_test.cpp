#include "model/examine/vessel_line.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::examine;

namespace {

constexpr VoxelSteps kMillimetres{Vec3{0, 0, 1}, Vec3{0, 1, 0}, Vec3{1, 0, 0}};

/// One slice; '#' belongs to the set.
VoxelSet set_of(const std::vector<std::string>& rows) {
  Mask mask{.grid = {.size = {1, static_cast<int>(rows.size()), static_cast<int>(rows[0].size())}},
            .voxel = {}};
  for (const std::string& row : rows) {
    for (const char c : row) mask.voxel.push_back(c == '#' ? 1 : 0);
  }
  return {mask, kMillimetres};
}

std::vector<std::size_t> lengths(const VesselLine& line) {
  std::vector<std::size_t> all;
  for (const LinePath& path : line.paths) all.push_back(path.end - path.first);
  std::ranges::sort(all);
  return all;
}

}  // namespace

TEST_CASE("vessel line: a line is one path in order, a ring is one too") {
  const VoxelSet straight = set_of({"#####"});
  const VesselLine line = trace_line(straight, straight);
  CHECK(lengths(line) == std::vector<std::size_t>{5});
  for (std::size_t i = 1; i < line.place.size(); ++i) {
    CHECK(std::abs(line.place[i][0] - line.place[i - 1][0]) == 1);
  }
  const VoxelSet ring = set_of({".###.", "#...#", ".###."});
  CHECK(lengths(trace_line(ring, ring)) == std::vector<std::size_t>{8});
}

TEST_CASE("vessel line: a joint is no place, and parts three paths") {
  const VoxelSet fork = set_of({"#...#", ".#.#.", "..#..", "..#..", "..#.."});
  const VesselLine line = trace_line(fork, fork);
  CHECK(lengths(line) == std::vector<std::size_t>{2, 2, 2});
  CHECK(line.place.size() == fork.size() - 1);
}

TEST_CASE("vessel line: voxels belong to the nearest place that they reach within the vessel") {
  // Two strands, each with a line of one voxel: nearness across the gap does not count.
  const VoxelSet vessel = set_of({"#######", ".......", "#######"});
  const VoxelSet line = set_of({"#......", ".......", "......#"});
  const VesselLine traced = trace_line(vessel, line);
  REQUIRE(traced.place_of.size() == 14);
  for (std::size_t i = 0; i < 14; ++i) {
    const Vec3& place = traced.place.at(traced.place_of[i]);
    CHECK(place[1] == vessel.position_mm(i)[1]);
  }
}

TEST_CASE("vessel line: a piece without any line has no place") {
  const VesselLine traced = trace_line(set_of({"##.##"}), set_of({"#...."}));
  CHECK(traced.place_of[1] == 0);
  CHECK(traced.place_of[2] == VesselLine::kNone);
  CHECK(traced.place_of[3] == VesselLine::kNone);
}
