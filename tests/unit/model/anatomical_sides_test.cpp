#include "model/anatomical_sides.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "model/give_sides.h"
#include "model/phantom/phantom.h"
#include "model/preprocess.h"
#include "model/standard_classes.h"
#include "model/train/file_source.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr Vec3 kSpacing{3, 3, 3};
constexpr GridSize kSize{120, 100, 80};
constexpr Vec3 kMiddle{60, 50, 40};

/// A body of 288 x 210 mm in air, its axes turned by `turn_degrees` about the long one: a point is
/// given in voxels from the middle, to the right and anterior of the turned patient.
struct Chest {
  std::vector<float> hu = std::vector<float>(voxel_count(kSize), -1000);
  double turn_degrees = 0;

  using Inside = std::function<bool(double right, double anterior, double superior)>;

  void paint(float value, const Inside& inside) {
    const double angle = turn_degrees * std::numbers::pi / 180;
    for (int x = 0; x < kSize[0]; ++x) {
      for (int y = 0; y < kSize[1]; ++y) {
        for (int z = 0; z < kSize[2]; ++z) {
          const double dx = x + 0.5 - kMiddle[0];
          const double dy = y + 0.5 - kMiddle[1];
          if (inside(dx * std::cos(angle) + dy * std::sin(angle),
                     dy * std::cos(angle) - dx * std::sin(angle), z + 0.5 - kMiddle[2])) {
            hu[grid_index(kSize, x, y, z)] = value;
          }
        }
      }
    }
  }
  void body() {
    paint(40, [](double r, double a, double) { return std::hypot(r / 48, a / 35) < 1; });
  }
  /// A lung 60 mm from the middle plane.
  void lung(double side) {
    paint(-850, [side](double r, double a, double s) {
      return std::hypot((r * side - 24) / 14, (a / 22), s / 32) < 1;
    });
  }
  /// Where the turned place is on the grid.
  static GridSize voxel(double right, double anterior, double superior, double turn_degrees) {
    const double angle = turn_degrees * std::numbers::pi / 180;
    return {static_cast<int>(kMiddle[0] + right * std::cos(angle) - anterior * std::sin(angle)),
            static_cast<int>(kMiddle[1] + anterior * std::cos(angle) + right * std::sin(angle)),
            static_cast<int>(kMiddle[2] + superior)};
  }
  [[nodiscard]] AnatomicalSides find() const {
    return AnatomicalSides::from(find_lung_sides(hu, kSize, kSpacing, 1), kSpacing, 1);
  }
  [[nodiscard]] float border_at(const AnatomicalSides& sides, double right, double anterior,
                                double superior) const {
    const GridSize at = voxel(right, anterior, superior, turn_degrees);
    return sides.toward_right_mm(at[0], at[1], at[2]);
  }
};

Chest chest(double turn_degrees = 0) {
  Chest made;
  made.turn_degrees = turn_degrees;
  made.body();
  made.lung(1);
  made.lung(-1);
  // The trachea.
  made.paint(-990, [](double r, double a, double s) { return s > 0 && std::hypot(r, a) < 3; });
  return made;
}

/// In the lungs, at their hila, and left and right of where the pulmonary trunk divides.
void check_all_places(const Chest& made) {
  const AnatomicalSides sides = made.find();
  REQUIRE(sides.found());
  for (const double superior : {-20.0, 0.0, 20.0}) {
    for (const double anterior : {-12.0, 0.0, 12.0}) {
      CAPTURE(superior);
      CAPTURE(anterior);
      CHECK(made.border_at(sides, 24, anterior, superior) > AnatomicalSides::kCrossingMm);
      CHECK(made.border_at(sides, -24, anterior, superior) < -AnatomicalSides::kCrossingMm);
    }
  }
  CHECK(made.border_at(sides, 9, 0, 0) > 0);
  CHECK(made.border_at(sides, 0, 0, 0) > 0);
  CHECK(made.border_at(sides, -8, 0, 0) < 0);
}

/// The share of the truth's voxels that get the wrong side when their sides are taken away.
double wrong_side_share(const phantom::PhantomOptions& options) {
  const phantom::Phantom patient = phantom::make_phantom(options);
  const auto image = preprocess(patient.ct, {.threads = 1, .side = SideSource::kAnatomy});
  REQUIRE(image);
  const GridSize size = image->grid.size;
  const Box whole{.start = {}, .end = size};
  const auto truth = train::resample_labels(patient.truth, image->grid, whole);
  const std::size_t voxels = voxel_count(size);
  std::vector<float> p(4 * voxels, 0);
  for (std::size_t i = 0; i < voxels; ++i) {
    // Artery and vein, all called left.
    if (truth[i] != 0) p[((truth[i] - 1U) % 2) * voxels + i] = 0.9F;
  }
  give_sides(p, whole, sided_vessels(standard_classes()), image->sides, {});
  std::size_t all = 0;
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < voxels; ++i) {
    if (truth[i] == 0) continue;
    ++all;
    wrong += p[(truth[i] - 1U) * voxels + i] < 0.5F ? 1 : 0;
  }
  return static_cast<double>(wrong) / static_cast<double>(all);
}

}  // namespace

TEST_CASE("anatomical_sides: each lung has its side, and the border is left of the middle") {
  check_all_places(chest());
  CHECK(chest().find().describe().find("sides by anatomy") != std::string::npos);
}

TEST_CASE("anatomical_sides: a turned patient keeps his sides") {
  for (const double degrees : {-15.0, -8.0, 8.0, 15.0}) {
    CAPTURE(degrees);
    check_all_places(chest(degrees));
  }
}

TEST_CASE("anatomical_sides: lungs that touch in front are told apart") {
  Chest made = chest();
  made.paint(-850, [](double r, double a, double s) {
    return a > 8 && a < 16 && std::abs(s) < 15 && std::abs(r) < 20;
  });
  const AnatomicalSides sides = made.find();
  REQUIRE(sides.found());
  for (const double right : {4.0, 10.0, 24.0}) {
    CAPTURE(right);
    CHECK(made.border_at(sides, right, 12, 0) > 0);
    CHECK(made.border_at(sides, -right, 12, 0) < 0);
  }
}

TEST_CASE("anatomical_sides: vessels of a lung without air get its side") {
  for (const double missing : {-1.0, 1.0}) {
    CAPTURE(missing);
    Chest made;
    made.body();
    made.lung(-missing);
    const AnatomicalSides sides = made.find();
    REQUIRE(sides.found());
    CHECK(missing * made.border_at(sides, 24 * missing, 0, 0) > 0);
    CHECK(missing * made.border_at(sides, 24 * missing, 10, -20) > 0);
    CHECK(missing * made.border_at(sides, -24 * missing, 0, 0) < 0);
  }
}

TEST_CASE("anatomical_sides: a consolidated lower lobe belongs to its lung") {
  Chest made = chest();
  made.paint(30, [](double r, double, double s) { return r < -8 && s < -4; });
  const AnatomicalSides sides = made.find();
  REQUIRE(sides.found());
  CHECK(made.border_at(sides, -24, 0, -20) < 0);
  CHECK(made.border_at(sides, 24, 0, -20) > 0);
}

TEST_CASE("anatomical_sides: bedding, bowel gas and arms change nothing") {
  Chest made = chest();
  made.paint(-700, [](double r, double a, double) { return std::abs(r) < 48 && a < -38; });
  made.paint(-800, [](double r, double a, double s) {
    return s < -36 && std::hypot(r + 15, a - 15) < 10;
  });
  made.paint(40, [](double r, double a, double) { return std::hypot(r - 54, a) < 4; });
  check_all_places(made);
}

TEST_CASE("anatomical_sides: lungs cut off above and below keep their sides") {
  const Chest whole = chest();
  const GridSize part{kSize[0], kSize[1], 24};
  std::vector<float> hu;
  for (int x = 0; x < kSize[0]; ++x) {
    for (int y = 0; y < kSize[1]; ++y) {
      for (int z = 28; z < 52; ++z) hu.push_back(whole.hu[grid_index(kSize, x, y, z)]);
    }
  }
  const auto sides = AnatomicalSides::from(find_lung_sides(hu, part, kSpacing, 1), kSpacing, 1);
  REQUIRE(sides.found());
  CHECK(sides.toward_right_mm(84, 50, 12) > AnatomicalSides::kCrossingMm);
  CHECK(sides.toward_right_mm(36, 50, 12) < -AnatomicalSides::kCrossingMm);
}

TEST_CASE("anatomical_sides: without lungs nothing is known") {
  Chest made;
  made.body();
  CHECK_FALSE(made.find().found());
  CHECK(made.find().describe().find("classes with a side are left out") != std::string::npos);
}

// Synthetic patients with whatever disease and scanner their seeds bring; README.md has more seeds.
TEST_CASE("anatomical_sides: the truth of phantoms gets its sides back") {
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    const double share =
        wrong_side_share({.seed = seed, .phase = {}, .spacing_mm = 3, .size = {100, 100, 120}});
    CHECK(share < 0.02);
    sum += share;
  }
  CHECK(sum / 6 < 0.015);  // of a truth down to 3 mm, so mostly of what lies in the middle
}
