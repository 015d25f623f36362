#include "model/segmenter.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <thread>
#include <vector>

#include "model/prompt.h"
#include "model/untrained.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;

namespace {

std::unique_ptr<Segmenter> untrained_segmenter(
    const SegmenterOptions& options = {.device = "cpu",
                                       .threads = 1,
                                       .precision = Precision::kFloat32},
    SideSource side = SideSource::kNetwork) {
  const test::TempDir dir;
  REQUIRE(
      write_untrained_bundle(dir / "bundle", {.width = 2, .seed = 1, .window = 32, .side = side}));
  const auto bundle = ModelBundle::open(dir / "bundle");
  REQUIRE(bundle);
  auto segmenter = make_segmenter(*bundle, options);
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
  JobLog log;
  std::vector<double> progress;
  const auto first = segmenter->segment(volume, log, [&](double f) { progress.push_back(f); }, {});
  REQUIRE(first);
  CHECK(first->geometry.size == volume.geometry.size);
  CHECK(first->geometry.voxel_to_lps == volume.geometry.voxel_to_lps);
  CHECK(first->label.size() == volume.hu.size());
  CHECK(*std::ranges::max_element(first->label) <= 4);
  CHECK(std::ranges::count(first->label, 0) < static_cast<std::ptrdiff_t>(first->label.size()));
  CHECK(progress.size() > 1);
  CHECK(std::ranges::is_sorted(progress));
  CHECK(progress.back() == 1);

  const auto second = segmenter->segment(volume, log, {}, {});
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
  JobLog log;
  const auto labels = untrained_segmenter()->segment(volume, log, {}, {});
  REQUIRE(labels);
  CHECK(std::ranges::count(labels->label, 0) == static_cast<std::ptrdiff_t>(volume.hu.size()));
}

TEST_CASE("segmenter: stops when asked to") {
  std::stop_source stop;
  JobLog log;
  const auto labels = untrained_segmenter()->segment(
      small_chest(), log, [&](double) { stop.request_stop(); }, stop.get_token());
  REQUIRE_FALSE(labels);
  CHECK(labels.error().code == ErrorCode::kCancelled);
}

TEST_CASE("segmenter: the log has the stages in order and what was computed") {
  JobLog log;
  REQUIRE(untrained_segmenter()->segment(small_chest(), log, {}, {}));
  std::vector<std::string> stages;
  for (const Stage& stage : log.stages) {
    stages.push_back(stage.name);
    CHECK(stage.begin <= stage.end);
  }
  CHECK(stages == std::vector<std::string>{"preprocess", "wait", "network", "labels"});
  REQUIRE(log.notes.size() == 1);
  CHECK(log.notes.front().find("windows computed") != std::string::npos);
}

TEST_CASE("segmenter: two calls at once give what each gives alone") {
  const auto segmenter = untrained_segmenter();
  const Volume volume = small_chest();
  JobLog log;
  const auto alone = segmenter->segment(volume, log, {}, {});
  REQUIRE(alone);
  std::vector<std::vector<std::uint8_t>> found(2);
  {
    std::vector<std::jthread> threads;
    for (auto& labels : found) {
      threads.emplace_back([&] {
        JobLog own;
        if (auto result = segmenter->segment(volume, own, {}, {})) labels = result->label;
      });
    }
  }
  CHECK(found[0] == alone->label);
  CHECK(found[1] == alone->label);
}

TEST_CASE("segmenter: those that share a network find what each finds with its own") {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "bundle",
                                 {.width = 2, .window = 32, .text_adapter = TextAdapter::kShared}));
  const auto with = [&](const std::vector<ModelClass>& classes) {
    auto bundle = ModelBundle::open(dir / "bundle");
    REQUIRE(bundle);
    bundle = with_classes(std::move(*bundle), classes);
    REQUIRE(bundle);
    return std::move(*bundle);
  };
  const auto all = standard_classes();
  const ModelBundle lists[] = {with(all), with({all[3], all[1]}), with({all[2]})};
  const SegmenterOptions options{.device = "cpu", .threads = 1, .precision = Precision::kFloat32};
  std::vector<std::unique_ptr<Segmenter>> sharing;
  {
    const auto network = SharedNetwork::load(lists[0], options);
    REQUIRE(network);
    for (const ModelBundle& list : lists) {
      auto segmenter = network->segmenter(list);
      REQUIRE(segmenter);
      sharing.push_back(std::move(*segmenter));
    }
  }
  const Volume volume = small_chest();
  for (std::size_t i = 0; i < sharing.size(); ++i) {
    CAPTURE(i);
    const auto own = make_segmenter(lists[i], options);
    REQUIRE(own);
    CHECK(sharing[i]->info().segments == (*own)->info().segments);
    CHECK(sharing[i]->info().sha256 == (*own)->info().sha256);
    CHECK(sharing[i]->info().device == (*own)->info().device);
    JobLog log;
    const auto shared_labels = sharing[i]->segment(volume, log, {}, {});
    const auto own_labels = (*own)->segment(volume, log, {}, {});
    REQUIRE(shared_labels);
    REQUIRE(own_labels);
    CHECK(shared_labels->label == own_labels->label);
    CHECK(std::ranges::max(own_labels->label) > 0);
  }
}

TEST_CASE("segmenter: outside the lung region is background by construction") {
  // Two lungs of 0.34 litre at one end of a body that fills the volume.
  Volume volume;
  volume.geometry.size = {30, 60, 80};
  volume.geometry.voxel_to_lps = {3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1};
  for (int z = 0; z < 30; ++z) {
    for (int y = 0; y < 60; ++y) {
      for (int x = 0; x < 80; ++x) {
        const bool lung =
            z >= 4 && z < 26 && y >= 8 && y < 34 && ((x >= 8 && x < 30) || (x >= 50 && x < 72));
        volume.hu.push_back(static_cast<std::int16_t>(lung ? -850 : 40));
      }
    }
  }
  const auto labelled_far_away = [&](WindowChoice windows) {
    JobLog log;
    const auto labels =
        untrained_segmenter(
            {.device = "cpu", .threads = 1, .precision = Precision::kFloat32, .windows = windows})
            ->segment(volume, log, {}, {});
    REQUIRE(labels);
    int count = 0;
    for (int z = 0; z < 30; ++z) {
      for (int y = 46; y < 60; ++y) {
        for (int x = 0; x < 80; ++x) count += labels->label[volume.geometry.index(z, y, x)] != 0;
      }
    }
    return count;
  };
  CHECK(labelled_far_away(WindowChoice::kAll) > 0);
  CHECK(labelled_far_away(WindowChoice::kLungs) == 0);
}

namespace {

/// Two lungs of 0.9 litre in a body that fills the volume; x grows to the patient's left.
Volume two_lungs() {
  Volume volume;
  volume.geometry.size = {40, 60, 80};
  volume.geometry.voxel_to_lps = {3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1};
  for (int z = 0; z < 40; ++z) {
    for (int y = 0; y < 60; ++y) {
      for (int x = 0; x < 80; ++x) {
        const bool lung =
            z >= 5 && z < 35 && y >= 10 && y < 44 && ((x >= 8 && x < 30) || (x >= 50 && x < 72));
        volume.hu.push_back(static_cast<std::int16_t>(lung ? -850 : 40));
      }
    }
  }
  return volume;
}

}  // namespace

TEST_CASE("segmenter: with sides by anatomy each lung holds its side's classes alone") {
  const Volume volume = two_lungs();
  const auto classes_by_half = [&](SideSource side, JobLog& log) {
    const auto labels =
        untrained_segmenter(
            {.device = "cpu", .threads = 1, .precision = Precision::kFloat32, .overlap = 0}, side)
            ->segment(volume, log, {}, {});
    REQUIRE(labels);
    // Labelled left (1, 2) and right (3, 4) in the patient's right and left lung.
    std::array<std::array<int, 2>, 2> count{};
    for (int z = 10; z < 30; ++z) {
      for (int y = 15; y < 40; ++y) {
        for (const int x : {12, 20, 28, 52, 60, 68}) {
          const int label = labels->label[volume.geometry.index(z, y, x)];
          if (label != 0) ++count[x < 40 ? 0U : 1U][label > 2 ? 1U : 0U];
        }
      }
    }
    return count;
  };
  JobLog log;
  const auto by_anatomy = classes_by_half(SideSource::kAnatomy, log);
  CHECK(by_anatomy[0][0] == 0);
  CHECK(by_anatomy[0][1] > 0);
  CHECK(by_anatomy[1][0] > 0);
  CHECK(by_anatomy[1][1] == 0);
  REQUIRE(log.notes.size() == 2);
  CHECK(log.notes.front().find("sides by anatomy") != std::string::npos);
  JobLog other;
  const auto by_network = classes_by_half(SideSource::kNetwork, other);
  CHECK(by_network[0][0] + by_network[1][1] > 0);
  CHECK(other.notes.size() == 1);
}

TEST_CASE("segmenter: without lungs to tell sides nothing gets a side, and the log says so") {
  const Volume volume = small_chest();
  JobLog log;
  const SegmenterOptions options{.device = "cpu", .threads = 1, .precision = Precision::kFloat32};
  const auto by_anatomy =
      untrained_segmenter(options, SideSource::kAnatomy)->segment(volume, log, {}, {});
  const auto by_network = untrained_segmenter(options)->segment(volume, log, {}, {});
  REQUIRE(by_anatomy);
  REQUIRE(by_network);
  const auto is_vessel = [](std::uint8_t label) { return label != 0; };
  CHECK(std::ranges::none_of(by_anatomy->label, is_vessel));
  CHECK(std::ranges::any_of(by_network->label, is_vessel));
  CHECK(log.notes.front().find("classes with a side are left out") != std::string::npos);
}
