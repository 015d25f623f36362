#include "model/phantom/scalar_field.h"

#include <doctest/doctest.h>

#include "model/phantom/smooth_field.h"

using namespace hilum::phantom;

TEST_CASE("scalar field: interpolates a linear function exactly, rows like points") {
  const Lattice lattice{6, 5, 4, 3.0, {-7, 2, 1}};
  ScalarField field(lattice, 0);
  const auto value = [](const Vec& p) { return 2 * p.x - p.y + 0.5 * p.z; };
  for (int z = 0; z < 4; ++z) {
    for (int y = 0; y < 5; ++y) {
      for (int x = 0; x < 6; ++x) {
        field.values()[lattice.index(x, y, z)] = static_cast<float>(value(lattice.at(x, y, z)));
      }
    }
  }
  const Vec start{-5.2, 6.1, 4.4};
  std::vector<float> row(7);
  const Lattice rows{7, 2, 2, 1.5, start - Vec{0, 1.5, 1.5}};
  RowSampler(lattice, rows).sample(field, 1, 1, row);
  for (int i = 0; i < 7; ++i) {
    const Vec p = start + Vec{1.5 * i, 0, 0};
    CHECK(field.at(p) == doctest::Approx(value(p)).epsilon(1e-5));
    CHECK(row[i] == doctest::Approx(value(p)).epsilon(1e-5));
  }
  CHECK(field.gradient({0, 8, 5}).x == doctest::Approx(2).epsilon(1e-4));
  CHECK(field.gradient({0, 8, 5}).y == doctest::Approx(-1).epsilon(1e-4));
}

TEST_CASE("scalar field: the distance transform equals brute force") {
  const Lattice lattice{11, 9, 8, 2.0, {}};
  ScalarField field(lattice, kFar);
  Rng rng(3, "features");
  std::vector<Vec> features;
  for (int i = 0; i < 6; ++i) {
    const int x = rng.index(11), y = rng.index(9), z = rng.index(8);
    field.values()[lattice.index(x, y, z)] = 0;
    features.push_back(lattice.at(x, y, z));
  }
  to_distance(field);
  for (int z = 0; z < 8; ++z) {
    for (int y = 0; y < 9; ++y) {
      for (int x = 0; x < 11; ++x) {
        double nearest = 1e9;
        for (const Vec& f : features) nearest = std::min(nearest, length(lattice.at(x, y, z) - f));
        CHECK(field.values()[lattice.index(x, y, z)] == doctest::Approx(nearest).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("smooth field: a row equals its points and the size is as asked for") {
  Rng rng(4, "field");
  const SmoothField field({14, 60, 200, 3.0}, rng);
  std::vector<Vec> row(100);
  field.sample_row({-100, 20, 30}, 2.5, row);
  for (int i = 0; i < 100; ++i) {
    const Vec p = field.at({-100 + 2.5 * i, 20, 30});
    CHECK(length(p - row[i]) < 1e-9);
  }
  double square = 0;
  for (int i = 0; i < 4000; ++i) {
    const Vec v = field.at(rng.normal_vec(500));
    square += dot(v, v) / 3;
  }
  CHECK(std::sqrt(square / 4000) == doctest::Approx(3.0).epsilon(0.35));
}
