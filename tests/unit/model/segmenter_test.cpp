#include "model/segmenter.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "model/untrained.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;

namespace {

std::unique_ptr<Segmenter> untrained_segmenter() {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "bundle", {.width = 2, .seed = 1, .window = 32}));
  const auto bundle = ModelBundle::open(dir / "bundle");
  REQUIRE(bundle);
  auto segmenter = make_segmenter(*bundle, {.device = "cpu", .threads = 1});
  REQUIRE(segmenter);
  return std::move(*segmenter);
}

/// A body of soft tissue with two lungs and a few bright vessels, 5 mm slices.
Volume small_chest() {
  Volume volume;
  volume.geometry.size = {8, 40, 40};
  volume.geometry.voxel_to_lps = {1.5, 0, 0, -30, 0, 1.5, 0, -30, 0, 0, 5, -20, 0, 0, 0, 1};
  for (int z = 0; z < 8; ++z) {
    for (int y = 0; y < 40; ++y) {
      for (int x = 0; x < 40; ++x) {
        const auto inside = [&](double cx, double rx, double ry) {
          return std::hypot((x - cx) / rx, (y - 20) / ry) < 1;
        };
        int hu = -1000;
        if (inside(20, 19, 15)) hu = 40;
        if (inside(12, 6, 10) || inside(28, 6, 10)) hu = -850;
        if ((x * 7 + y * 3 + z) % 23 == 0 && inside(20, 13, 10)) hu = 200;
        volume.hu.push_back(static_cast<std::int16_t>(hu));
      }
    }
  }
  return volume;
}

}  // namespace

TEST_CASE("segmenter: labels lie on the source grid, are repeatable and not all background") {
  const auto segmenter = untrained_segmenter();
  const Volume volume = small_chest();
  std::vector<double> progress;
  const auto first = segmenter->segment(volume, [&](double f) { progress.push_back(f); }, {});
  REQUIRE(first);
  CHECK(first->geometry.size == volume.geometry.size);
  CHECK(first->geometry.voxel_to_lps == volume.geometry.voxel_to_lps);
  CHECK(first->label.size() == volume.hu.size());
  CHECK(*std::ranges::max_element(first->label) <= 4);
  CHECK(std::ranges::count(first->label, 0) < static_cast<std::ptrdiff_t>(first->label.size()));
  CHECK(progress.size() > 1);
  CHECK(std::ranges::is_sorted(progress));
  CHECK(progress.back() == 1);

  const auto second = segmenter->segment(volume, {}, {});
  REQUIRE(second);
  CHECK(first->label == second->label);
}

TEST_CASE("segmenter: says what it is") {
  const auto segmenter = untrained_segmenter();
  CHECK_FALSE(segmenter->info().trained);
  CHECK(segmenter->info().device == "cpu, 1 thread, float32");
  CHECK(segmenter->info().segments.size() == 4);
  CHECK(segmenter->info().sha256.size() == 64);
}

TEST_CASE("segmenter: a volume of air is all background") {
  Volume volume = small_chest();
  std::ranges::fill(volume.hu, std::int16_t{-1000});
  const auto labels = untrained_segmenter()->segment(volume, {}, {});
  REQUIRE(labels);
  CHECK(std::ranges::count(labels->label, 0) == static_cast<std::ptrdiff_t>(volume.hu.size()));
}

TEST_CASE("segmenter: stops when asked to") {
  std::stop_source stop;
  const auto labels = untrained_segmenter()->segment(
      small_chest(), [&](double) { stop.request_stop(); }, stop.get_token());
  REQUIRE_FALSE(labels);
  CHECK(labels.error().code == ErrorCode::kCancelled);
}
