#include "model/examine/lungs.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "model/phantom/phantom.h"
#include "tests/unit/model/examine/tubes.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::examine;
using doctest::Approx;

namespace {

/// Voxels lo <= (z, y, x) < hi.
void paint(Volume& volume, std::array<int, 3> lo, std::array<int, 3> hi, int hu) {
  for (int z = lo[0]; z < hi[0]; ++z) {
    for (int y = lo[1]; y < hi[1]; ++y) {
      for (int x = lo[2]; x < hi[2]; ++x) {
        volume.hu[volume.geometry.index(z, y, x)] = static_cast<std::int16_t>(hu);
      }
    }
  }
}

/// A body of 300 x 210 mm in air with two lungs of 1.3 litres, 60 mm apart, slices 3 mm: x grows to
/// the patient's left, z to the head.
Volume chest() {
  Volume volume = test::volume_of(test::geometry_of({80, 90, 120}, {3, 3, 3}), -1000);
  paint(volume, {0, 10, 10}, {80, 80, 110}, 40);
  paint(volume, {20, 30, 25}, {60, 60, 50}, -850);
  paint(volume, {20, 30, 70}, {60, 60, 95}, -850);
  return volume;
}
constexpr double kLungMl = 40 * 30 * 25 * 0.027;

void put(LabelMap& map, std::array<int, 3> lo, std::array<int, 3> hi, int label) {
  for (int z = lo[0]; z < hi[0]; ++z) {
    for (int y = lo[1]; y < hi[1]; ++y) {
      for (int x = lo[2]; x < hi[2]; ++x) {
        map.label[map.geometry.index(z, y, x)] = static_cast<std::uint8_t>(label);
      }
    }
  }
}

LungAtEnd at(const Lungs& lungs, End end) {
  const LungAtEnd one = lungs.at_ends()[static_cast<std::size_t>(end)];
  CHECK(one.end == end);
  return one;
}
double cm2_at(const Lungs& lungs, End end) {
  return at(lungs, end).left_cm2 + at(lungs, end).right_cm2;
}

}  // namespace

TEST_CASE("lungs: both with their volumes, and vessels in them belong to them") {
  Volume volume = chest();
  LabelMap map = test::empty_map(volume.geometry);
  auto lungs = Lungs::find(volume, 1);
  REQUIRE(lungs);
  REQUIRE(lungs->found());
  const auto plain = lungs->look_up(map, 1);
  CHECK(*plain.left_ml == Approx(kLungMl).epsilon(0.03));
  CHECK(*plain.right_ml == Approx(kLungMl).epsilon(0.03));
  // A vessel of 6 mm through the left lung is not aerated, and lies in it.
  paint(volume, {20, 44, 82}, {60, 46, 84}, 200);
  lungs = Lungs::find(volume, 1);
  const auto unknown = lungs->look_up(map, 1);
  put(map, {20, 44, 82}, {60, 46, 84}, 1);
  const auto known = lungs->look_up(map, 1);
  CHECK(*unknown.left_ml < *plain.left_ml - 4);
  CHECK(*known.left_ml == Approx(*plain.left_ml).epsilon(0.001));
  CHECK(*known.right_ml == Approx(*plain.right_ml));
}

TEST_CASE("lungs: where voxels of each label lie") {
  const Volume volume = chest();
  const auto lungs = Lungs::find(volume, 1);
  REQUIRE(lungs);
  LabelMap map = test::empty_map(volume.geometry);
  put(map, {30, 40, 80}, {35, 45, 85}, 1);  // 125 voxels in the left lung
  put(map, {30, 40, 30}, {35, 45, 35}, 2);  // the right one
  put(map, {30, 40, 58}, {35, 45, 62}, 3);  // 100 between them
  put(map, {30, 70, 58}, {35, 75, 62}, 4);  // 100 behind
  for (const int threads : {1, 3}) {
    const auto places = lungs->look_up(map, threads).places;
    CHECK(places[1].clearly_left == 125);
    CHECK(places[1].clearly_right == 0);
    CHECK(places[2].clearly_right == 125);
    CHECK(places[2].clearly_left == 0);
    CHECK(places[3].clearly_left + places[3].clearly_right == 0);
    CHECK(places[1].outside + places[2].outside + places[3].outside == 0);
    CHECK(places[4].outside == 100);
  }
}

TEST_CASE("lungs: a grid in another order of axes and directions gives the same") {
  const Volume volume = chest();
  LabelMap map = test::empty_map(volume.geometry);
  put(map, {30, 40, 80}, {35, 45, 85}, 1);
  // Feet first in memory, columns from the patient's left.
  Volume turned = volume;
  LabelMap turned_map = map;
  auto& m = turned.geometry.voxel_to_lps;
  const auto& size = volume.geometry.size;
  m = {-3, 0, 0, 3.0 * (size[2] - 1), 0, 3, 0, 0, 0, 0, -3, 3.0 * (size[0] - 1), 0, 0, 0, 1};
  turned_map.geometry = turned.geometry;
  for (int z = 0; z < size[0]; ++z) {
    for (int y = 0; y < size[1]; ++y) {
      for (int x = 0; x < size[2]; ++x) {
        const std::size_t to = volume.geometry.index(size[0] - 1 - z, y, size[2] - 1 - x);
        turned.hu[to] = volume.hu[volume.geometry.index(z, y, x)];
        turned_map.label[to] = map.label[volume.geometry.index(z, y, x)];
      }
    }
  }
  const auto one = Lungs::find(volume, 1)->look_up(map, 1);
  const auto other = Lungs::find(turned, 1)->look_up(turned_map, 1);
  CHECK(other.places[1].clearly_left == 125);
  CHECK(*other.left_ml == Approx(*one.left_ml).epsilon(0.001));
}

TEST_CASE("lungs: those of a whole chest end within the volume, cut ones do not") {
  const Volume volume = chest();
  const auto whole = Lungs::find(volume, 1);
  REQUIRE(whole);
  for (const LungAtEnd& end : whole->at_ends()) CHECK(end.left_cm2 + end.right_cm2 == 0);
  // Without the lower 40 slices: 2 x 30 x 25 voxels of 9 mm2.
  Volume cut = volume;
  cut.geometry.size[0] = 40;
  const auto area = static_cast<std::ptrdiff_t>(90 * 120);
  cut.hu.assign(volume.hu.begin() + 40 * area, volume.hu.end());
  const auto lungs = Lungs::find(cut, 1);
  REQUIRE(lungs);
  CHECK(cm2_at(*lungs, End::kFeet) == Approx(135).epsilon(0.05));
  CHECK(cm2_at(*lungs, End::kHead) == 0);
  cut.hu.assign(volume.hu.begin(), volume.hu.begin() + 40 * area);
  CHECK(cm2_at(*Lungs::find(cut, 1), End::kHead) == Approx(135).epsilon(0.05));
}

TEST_CASE("lungs: bowel at the feet is no lung that the volume cuts") {
  Volume volume = chest();
  paint(volume, {0, 40, 70}, {8, 60, 95}, -850);  // 0.1 litre, 45 cm2
  const auto lungs = Lungs::find(volume, 1);
  REQUIRE(lungs);
  CHECK(cm2_at(*lungs, End::kFeet) == 0);
}

TEST_CASE("lungs: the side at which the volume cuts a lung") {
  const Volume volume = chest();
  Volume cut = test::volume_of(test::geometry_of({80, 90, 85}, {3, 3, 3}), 0);
  for (int z = 0; z < 80; ++z) {
    for (int y = 0; y < 90; ++y) {
      for (int x = 0; x < 85; ++x) {
        cut.hu[cut.geometry.index(z, y, x)] = volume.hu[volume.geometry.index(z, y, x)];
      }
    }
  }
  const auto lungs = Lungs::find(cut, 1);
  REQUIRE(lungs);
  CHECK(cm2_at(*lungs, End::kLeft) == Approx(40 * 30 * 0.09).epsilon(0.1));
  CHECK(cm2_at(*lungs, End::kRight) == 0);
}

TEST_CASE("lungs: without any nothing is told") {
  const Volume volume = test::volume_of(test::geometry_of({30, 30, 30}, {3, 3, 3}), 40);
  const auto lungs = Lungs::find(volume, 1);
  REQUIRE(lungs);
  CHECK_FALSE(lungs->found());
  LabelMap map = test::empty_map(volume.geometry);
  map.label[100] = 1;
  const auto result = lungs->look_up(map, 1);
  CHECK_FALSE(result.left_ml);
  CHECK_FALSE(result.right_ml);
  CHECK(result.places[1].outside == 0);
}

TEST_CASE("lungs: volumes of a synthetic patient") {
  const phantom::Phantom patient =
      phantom::make_phantom({.phase = {},
                             .spacing_mm = 2,
                             .size = {150, 150, 180},
                             .disease = phantom::PhantomOptions::Disease::kNone});
  double right = 0;
  double left = 0;
  for (const std::uint8_t lung : patient.lung) {
    (lung == 2 ? left : right) += lung == 0 ? 0 : patient.ct.geometry.voxel_ml();
  }
  const auto result = Lungs::find(patient.ct, 1)->look_up(patient.truth, 1);
  CHECK(*result.left_ml == Approx(left).epsilon(0.1));
  CHECK(*result.right_ml == Approx(right).epsilon(0.1));
}
