#include "model/train/one_sided_labels.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/model/two_lungs.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::train;

namespace {

constexpr Box kCrop{.start = {4, 6, 2}, .end = {76, 56, 38}};  // of the two lungs

ModelImage chest() {
  ModelImage image;
  image.crop = kCrop;
  image.sides = test::sides_of_two_lungs();
  return image;
}

Sample sample_of(const ModelImage& image, std::vector<std::uint8_t> labelled) {
  Sample sample;
  sample.size = image.crop.size();
  sample.label.assign(voxel_count(sample.size), 0);
  sample.labelled = std::move(labelled);
  return sample;
}

std::uint8_t& label_at(Sample& sample, int x, int y, int z) {
  return sample
      .label[grid_index(sample.size, x - kCrop.start[0], y - kCrop.start[1], z - kCrop.start[2])];
}

}  // namespace

TEST_CASE("one_sided_labels: the side that is not labelled is unknown, with the middle") {
  const ModelImage image = chest();
  REQUIRE(image.sides.found());
  Sample sample = sample_of(image, {1, 1, 0, 0});
  label_at(sample, 15, 30, 20) = 1;
  label_at(sample, 60, 31, 20) = 3;  // the file holds what the list says is not labelled
  label_at(sample, 15, 31, 20) = 4;
  label_at(sample, 42, 30, 20) = 1;  // the left artery near the middle: known wherever it lies
  hide_unlabelled_sides(image, standard_classes(), sample);
  CHECK(sample.labelled == std::vector<std::uint8_t>{1, 1, 1, 1});
  CHECK(label_at(sample, 15, 30, 20) == 1);
  CHECK(label_at(sample, 42, 30, 20) == 1);
  CHECK(label_at(sample, 16, 30, 20) == 0);              // of the left lung
  CHECK(label_at(sample, 60, 30, 20) == kUnknownLabel);  // of the right lung
  CHECK(label_at(sample, 41, 30, 20) == kUnknownLabel);  // between the lungs
  CHECK(label_at(sample, 60, 31, 20) == kUnknownLabel);
  CHECK(label_at(sample, 15, 31, 20) == kUnknownLabel);

  Sample other = sample_of(image, {0, 0, 1, 1});
  hide_unlabelled_sides(image, standard_classes(), other);
  CHECK(label_at(other, 16, 30, 20) == kUnknownLabel);
  CHECK(label_at(other, 60, 30, 20) == 0);
}

TEST_CASE("one_sided_labels: volumes that label both sides, or have no lungs, stay as they are") {
  const ModelImage image = chest();
  Sample both = sample_of(image, {1, 1, 1, 1});
  hide_unlabelled_sides(image, standard_classes(), both);
  CHECK(std::ranges::count(both.label, kUnknownLabel) == 0);
  ModelImage no_lungs;
  no_lungs.crop = kCrop;
  Sample left = sample_of(no_lungs, {1, 1, 0, 0});
  hide_unlabelled_sides(no_lungs, standard_classes(), left);
  CHECK(std::ranges::count(left.label, kUnknownLabel) == 0);
  CHECK(left.labelled == std::vector<std::uint8_t>{1, 1, 0, 0});
}
