#include "model/postprocess.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace hilum;
using namespace hilum::model;

namespace {

/// A source grid of 60 x 56 x 40 voxels around (20, -15, 100) mm LPS with the given steps.
Geometry grid_around_centre(const Vec3& x_step, const Vec3& y_step, const Vec3& z_step) {
  const Vec3 centre{20, -15, 100};
  Geometry g;
  g.size = {40, 56, 60};
  for (std::size_t row = 0; row < 3; ++row) {
    g.voxel_to_lps[row * 4] = x_step[row];
    g.voxel_to_lps[row * 4 + 1] = y_step[row];
    g.voxel_to_lps[row * 4 + 2] = z_step[row];
    g.voxel_to_lps[row * 4 + 3] =
        centre[row] - 29.5 * x_step[row] - 27.5 * y_step[row] - 19.5 * z_step[row];
  }
  return g;
}

struct Ellipsoid {
  Vec3 centre_lps;
  Vec3 radius_mm;

  /// Below 1 inside, 1 on the surface.
  [[nodiscard]] double at(const Vec3& lps) const {
    double sum = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      sum += std::pow((lps[i] - centre_lps[i]) / radius_mm[i], 2);
    }
    return std::sqrt(sum);
  }
};

struct Grid1 {
  ModelGrid grid;
  std::vector<float> values;
};

Grid1 whole_grid(const std::vector<float>& values, const GridSize& size) {
  // Model voxels are source voxels with the axis order turned: X = x, Y = y, Z = z.
  return {{.size = size,
           .to_ras = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1},
           .to_source = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}},
          values};
}

Geometry line(int nx) {
  Geometry g;
  g.size = {1, 1, nx};
  return g;
}

}  // namespace

TEST_CASE("postprocess: a body marked in model space lies at its patient position in the source") {
  const double c = std::cos(0.35);
  const double s = std::sin(0.35);
  struct Case {
    std::string name;
    Geometry geometry;
  };
  const std::vector<Case> cases{
      {"axial", grid_around_centre({0.7, 0, 0}, {0, 0.7, 0}, {0, 0, 1.2})},
      {"axial, slices downwards", grid_around_centre({0.7, 0, 0}, {0, 0.7, 0}, {0, 0, -1.2})},
      {"prone, columns reversed", grid_around_centre({-0.7, 0, 0}, {0, -0.7, 0}, {0, 0, 1.2})},
      {"coronal", grid_around_centre({0.7, 0, 0}, {0, 0, -0.7}, {0, 1.2, 0})},
      {"sagittal", grid_around_centre({0, 0.7, 0}, {0, 0, -0.7}, {1.2, 0, 0})},
      {"oblique", grid_around_centre({0.7 * c, 0.7 * s, 0}, {-0.7 * s, 0.7 * c, 0}, {0, 0, 1.2})},
      {"tilted gantry", grid_around_centre({0.7, 0, 0}, {0, 0.7, 0}, {0, 0.4, 1.2})},
      {"tilted the other way", grid_around_centre({0.7, 0, 0}, {0, 0.7, 0}, {0, -0.4, 1.2})},
  };
  const Ellipsoid body{.centre_lps = {24, -18, 104}, .radius_mm = {9, 6, 12}};
  for (const auto& [name, geometry] : cases) {
    CAPTURE(name);
    const auto grid = plan_model_grid(geometry, {1.5, 1.5, 1.5});
    REQUIRE(grid);
    // Class 2 of 2 is the body, with a probability that falls from 1 to 0 over its surface.
    const Box crop{.start = {2, 1, 0}, .end = grid->size};
    const GridSize size = crop.size();
    std::vector<float> p(2 * voxel_count(size), 0.1F);
    for (int x = 0; x < size[0]; ++x) {
      for (int y = 0; y < size[1]; ++y) {
        for (int z = 0; z < size[2]; ++z) {
          const Vec3 at =
              transform(grid->to_ras, {1.0 * x + crop.start[0], 1.0 * y + crop.start[1], 1.0 * z});
          const double away = body.at({-at[0], -at[1], at[2]});
          p[voxel_count(size) + grid_index(size, x, y, z)] =
              static_cast<float>(std::clamp(0.5 + (1 - away) * 2, 0.0, 1.0));
        }
      }
    }
    const LabelMap map = labels_on_source(
        geometry, {.grid = *grid, .crop = crop, .classes = 2, .value = p}, {.threads = 2});
    REQUIRE(map.label.size() == geometry.voxel_count());
    int wrong = 0;
    int inside = 0;
    for (int z = 0; z < geometry.size[0]; ++z) {
      for (int y = 0; y < geometry.size[1]; ++y) {
        for (int x = 0; x < geometry.size[2]; ++x) {
          const double away = body.at(geometry.to_lps({1.0 * x, 1.0 * y, 1.0 * z}));
          const int label = map.label[geometry.index(z, y, x)];
          inside += label == 2 ? 1 : 0;
          // A tenth of the radius (0.6..1.2 mm) around the surface is left to interpolation.
          if (away < 0.9 && label != 2) ++wrong;
          if (away > 1.1 && label != 0) ++wrong;
        }
      }
    }
    CHECK(wrong == 0);
    const double volume_ml = inside * geometry.voxel_ml();
    CHECK(volume_ml == doctest::Approx(4.0 / 3 * 3.14159265 * 9 * 6 * 12 / 1000).epsilon(0.03));
  }
}

TEST_CASE("postprocess: the most probable class above the threshold wins, the first at a tie") {
  const GridSize size{6, 1, 1};
  const auto [grid, values] = whole_grid({0.6F, 0.9F, 0.5F, 0.7F, 0.1F, 0.4F,    //
                                          0.8F, 0.6F, 0.5F, 0.7F, 0.2F, 0.51F},  //
                                         size);
  const LabelMap map = labels_on_source(
      line(6), {.grid = grid, .crop = {.start = {}, .end = size}, .classes = 2, .value = values},
      {});
  CHECK(map.label == std::vector<std::uint8_t>{2, 1, 0, 1, 0, 2});
}

TEST_CASE("postprocess: probabilities are interpolated, not labels") {
  const GridSize size{2, 1, 1};
  auto [grid, values] = whole_grid({1.0F, 0.0F}, size);
  grid.to_source[0] = 10;  // one model voxel is ten source voxels
  const LabelMap map = labels_on_source(
      line(11), {.grid = grid, .crop = {.start = {}, .end = size}, .classes = 1, .value = values},
      {.threshold = 0.75});
  CHECK(map.label == std::vector<std::uint8_t>{1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("postprocess: outside the crop is background, up to its outer voxels' edge it is not") {
  const auto [grid, values] = whole_grid({1.0F, 1.0F}, {8, 1, 1});
  const Box crop{.start = {3, 0, 0}, .end = {5, 1, 1}};
  const LabelMap map =
      labels_on_source(line(8), {.grid = grid, .crop = crop, .classes = 1, .value = values}, {});
  CHECK(map.label == std::vector<std::uint8_t>{0, 0, 0, 1, 1, 0, 0, 0});

  Geometry shifted = line(8);
  auto half = grid;
  half.to_source[3] = 0.5;
  const LabelMap edge =
      labels_on_source(shifted, {.grid = half, .crop = crop, .classes = 1, .value = values}, {});
  CHECK(edge.label == std::vector<std::uint8_t>{0, 0, 0, 1, 1, 1, 0, 0});
}

TEST_CASE("postprocess: an empty crop is all background") {
  const auto [grid, values] = whole_grid({}, {8, 1, 1});
  const LabelMap map =
      labels_on_source(line(8), {.grid = grid, .crop = {}, .classes = 4, .value = {}}, {});
  CHECK(map.label == std::vector<std::uint8_t>(8, 0));
}
