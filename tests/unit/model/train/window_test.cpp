#include "model/train/window.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "model/sides.h"
#include "tests/unit/model/train/volumes.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::train;

namespace {

/// A sample whose image values tell their place: x + 10 y + 100 z.
Sample coordinates(const GridSize& size) {
  Sample sample;
  sample.name = "coordinates";
  sample.size = size;
  sample.labelled = {1, 1, 0, 1};
  for (int x = 0; x < size[0]; ++x) {
    for (int y = 0; y < size[1]; ++y) {
      for (int z = 0; z < size[2]; ++z) {
        sample.image.push_back(static_cast<float>(x + 10 * y + 100 * z));
        sample.label.push_back(static_cast<std::uint8_t>(x % 5));
      }
    }
  }
  REQUIRE(finish_sample(sample, 4));
  return sample;
}

struct Cut {
  explicit Cut(int window_edge)
      : edge(window_edge), image(voxels()), label(voxels()), labelled(4) {}
  [[nodiscard]] std::size_t voxels() const { return voxel_count({edge, edge, edge}); }
  [[nodiscard]] std::size_t at(int x, int y, int z) const {
    return grid_index({edge, edge, edge}, x, y, z);
  }
  int edge;
  std::vector<float> image;
  std::vector<std::uint8_t> label;
  std::vector<std::uint8_t> labelled;
};

constexpr std::array kSamePartners{0, 1, 2, 3};

Cut cut(const Sample& sample, const CropPlan& plan, int edge,
        std::span<const int> partners = kSamePartners) {
  Cut result(edge);
  cut_window(sample, plan, edge, partners, {result.image, result.label, result.labelled});
  return result;
}

}  // namespace

TEST_CASE("window: a plain cut copies the box and nothing else") {
  const auto window = cut(coordinates({8, 8, 8}), {.start = {1, 2, 3}}, 4);
  CHECK(window.image[window.at(0, 0, 0)] == 1 + 20 + 300);
  CHECK(window.image[window.at(3, 1, 2)] == 4 + 30 + 500);
  CHECK(window.label[window.at(3, 1, 2)] == 4);
  CHECK(window.labelled == std::vector<std::uint8_t>{1, 1, 0, 1});
}

TEST_CASE("window: what is unknown stays unknown") {
  Sample sample = coordinates({4, 4, 4});
  sample.label[sample.label.size() - 1] = kUnknownLabel;
  const auto window = cut(sample, {}, 4);
  CHECK(window.label[window.at(3, 3, 3)] == kUnknownLabel);
}

TEST_CASE("window: quarter turns are in the Y-Z plane and keep every voxel's X") {
  const Sample sample = coordinates({4, 4, 4});
  const auto before = cut(sample, {}, 4);
  for (int turns = 1; turns <= 3; ++turns) {
    CAPTURE(turns);
    const auto window = cut(sample, {.quarter_turns = turns}, 4);
    for (int x = 0; x < 4; ++x) {
      for (int y = 0; y < 4; ++y) {
        for (int z = 0; z < 4; ++z) {
          // One turn takes the Y axis to where the Z axis was.
          const std::array<std::array<int, 2>, 4> from{
              {{y, z}, {z, 3 - y}, {3 - y, 3 - z}, {3 - z, y}}};
          const auto [fy, fz] = from[static_cast<std::size_t>(turns)];
          REQUIRE(window.image[window.at(x, y, z)] == before.image[before.at(x, fy, fz)]);
          REQUIRE(window.label[window.at(x, y, z)] == before.label[before.at(x, fy, fz)]);
        }
      }
    }
  }
}

TEST_CASE("window: mirroring X swaps left and right classes and what is labelled") {
  const auto partners = mirror_partners(standard_classes());
  REQUIRE(partners);
  const Sample sample = coordinates({4, 4, 4});
  const auto window = cut(sample, {.mirrored = true}, 4, *partners);
  // Labels 1 left artery, 2 left vein, 3 right artery, 4 right vein.
  constexpr std::array<std::uint8_t, 5> kSwapped{0, 3, 4, 1, 2};
  for (int x = 0; x < 4; ++x) {
    CHECK(window.image[window.at(x, 2, 1)] == 3 - x + 20 + 100);
    const int source_label = (3 - x) % 5;
    CHECK(window.label[window.at(x, 2, 1)] == kSwapped[static_cast<std::size_t>(source_label)]);
  }
  // The right artery was not labelled; now the left one is not.
  CHECK(window.labelled == std::vector<std::uint8_t>{0, 1, 1, 1});
}

TEST_CASE("window: the shift is added everywhere, labels stay") {
  const auto plain = cut(coordinates({4, 4, 4}), {}, 4);
  const auto shifted = cut(coordinates({4, 4, 4}), {.shift = 0.5F}, 4);
  CHECK(shifted.image[7] == plain.image[7] + 0.5F);
  CHECK(shifted.label == plain.label);
}

TEST_CASE("window: a volume smaller than the window lies in its middle, zeros round it") {
  Draw draw(1, "test", 0);
  const Sample sample = coordinates({2, 8, 5});
  const CropPlan plan = place_window(sample, 8, draw);
  CHECK(plan.start == GridSize{-3, 0, -1});
  const auto window = cut(sample, plan, 8);
  CHECK(window.image[window.at(2, 4, 4)] == 0);
  CHECK(window.image[window.at(3, 4, 1)] == 0 + 40 + 0);
  CHECK(window.image[window.at(4, 4, 5)] == 1 + 40 + 400);
  CHECK(window.label[window.at(5, 4, 5)] == 0);
}

TEST_CASE("window: two of three crops are centred on a vessel, all stay inside") {
  Sample sample;
  sample.name = "one vessel voxel";
  sample.size = {64, 64, 64};
  sample.image.assign(voxel_count(sample.size), 0.5F);
  sample.label.assign(sample.image.size(), 0);
  sample.label[grid_index(sample.size, 30, 20, 40)] = 2;
  sample.labelled = {1, 1, 1, 1};
  REQUIRE(finish_sample(sample, 4));
  constexpr int kDraws = 3000;
  int centred = 0;
  for (int i = 0; i < kDraws; ++i) {
    Draw draw(5, "test", static_cast<std::uint64_t>(i));
    const CropPlan plan = place_window(sample, 16, draw);
    for (const int start : plan.start) CHECK((start >= 0 && start <= 48));
    centred += plan.start == GridSize{22, 12, 32} ? 1 : 0;
  }
  // 5 standard deviations of a binomial.
  CHECK(std::abs(centred - 2000) < 130);
}

TEST_CASE("window: background crops avoid air and labels, vessel crops unlabelled classes") {
  Sample sample;
  sample.name = "half air";
  sample.size = {32, 8, 8};
  for (int x = 0; x < 32; ++x) {
    for (int i = 0; i < 64; ++i) {
      sample.image.push_back(x < 16 ? 0.0F : 0.5F);  // air at small x
      sample.label.push_back(x >= 24 ? 3 : 0);       // a class that is not labelled
    }
  }
  sample.labelled = {1, 1, 0, 0};
  REQUIRE(finish_sample(sample, 4));
  CHECK(sample.vessels.empty());
  std::set<int> starts;
  for (std::uint64_t i = 0; i < 300; ++i) {
    Draw draw(6, "test", i);
    starts.insert(place_window(sample, 2, draw).start[0]);
  }
  CHECK(*starts.begin() >= 15);
  CHECK(*starts.rbegin() <= 23);
  CHECK(starts.size() >= 8);
}

TEST_CASE("window: augmentation comes with its probabilities") {
  int turned = 0;
  int shifted = 0;
  int mirrored = 0;
  float largest = 0;
  for (std::uint64_t i = 0; i < 10000; ++i) {
    Draw draw(1, "test", i);
    CropPlan plan;
    draw_augmentation({.mirror_probability = 0.5}, draw, plan);
    turned += plan.quarter_turns != 0 ? 1 : 0;
    shifted += plan.shift != 0 ? 1 : 0;
    mirrored += plan.mirrored ? 1 : 0;
    largest = std::max(largest, std::abs(plan.shift));
  }
  CHECK(std::abs(turned - 1000) < 150);
  CHECK(std::abs(shifted - 2000) < 200);
  CHECK(std::abs(mirrored - 5000) < 250);
  CHECK(largest <= 0.1F);
  CHECK(largest > 0.09F);
  Draw draw(1, "test", 0);
  CropPlan plan;
  draw_augmentation({.rotate_probability = 0, .shift_probability = 0}, draw, plan);
  CHECK((plan.quarter_turns == 0 && plan.shift == 0 && !plan.mirrored));
}

TEST_CASE("sides: mirror partners follow the codes, and a class without partner is named") {
  auto classes = standard_classes();
  const auto partners = mirror_partners(classes);
  REQUIRE(partners);
  CHECK(*partners == std::vector<int>{2, 3, 0, 1});

  ModelClass trunk = classes[0];
  trunk.segment.label = "Pulmonary trunk";
  trunk.segment.type_modifier.reset();
  trunk.segment.region_modifier.reset();
  classes.insert(classes.begin(), trunk);
  const auto with_trunk = mirror_partners(classes);
  REQUIRE(with_trunk);
  CHECK(*with_trunk == std::vector<int>{0, 3, 4, 1, 2});

  classes.pop_back();
  const auto lonely = mirror_partners(classes);
  REQUIRE_FALSE(lonely);
  CHECK(lonely.error().message.find("Left pulmonary vein") != std::string::npos);
}

TEST_CASE("sample_source: labels beyond the classes and samples without labels are refused") {
  Sample sample = coordinates({5, 2, 2});
  CHECK(finish_sample(sample, 3));  // `labelled` has four entries: value 4 is a neighbour
  CHECK_FALSE(finish_sample(sample, 5));
  sample.label[0] = kUnknownLabel;  // a mask of 0 and 255
  const auto mask = finish_sample(sample, 3);
  REQUIRE_FALSE(mask);
  CHECK(mask.error().message.find("value 255") != std::string::npos);
  sample.label[0] = 0;
  sample.labelled = {1, 1, 1};
  const auto value = finish_sample(sample, 3);
  REQUIRE_FALSE(value);
  CHECK(value.error().message.find("value 4") != std::string::npos);
  sample.labelled = {0, 0, 0};
  CHECK_FALSE(finish_sample(sample, 3));
  sample.labelled = {1, 1, 1};
  sample.image.pop_back();
  CHECK_FALSE(finish_sample(sample, 3));
}
