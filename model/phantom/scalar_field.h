#pragma once

#include <cstddef>
#include <vector>

#include "model/phantom/vec.h"

namespace hilum::phantom {

/// An isotropic grid of points, x fastest.
struct Lattice {
  int nx = 0;
  int ny = 0;
  int nz = 0;
  double step_mm = 1;
  Vec origin;  ///< position of point (0, 0, 0)

  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny) *
           static_cast<std::size_t>(nz);
  }
  [[nodiscard]] std::size_t index(int x, int y, int z) const {
    return (static_cast<std::size_t>(z) * static_cast<std::size_t>(ny) +
            static_cast<std::size_t>(y)) *
               static_cast<std::size_t>(nx) +
           static_cast<std::size_t>(x);
  }
  [[nodiscard]] Vec at(int x, int y, int z) const {
    return origin + Vec{x * step_mm, y * step_mm, z * step_mm};
  }
  /// Index of the point nearest to `p`; false when `p` lies outside.
  [[nodiscard]] bool nearest(const Vec& p, std::size_t& index) const;
};

/// A smooth quantity (mostly a signed distance in mm, negative inside) known on a coarse lattice
/// and interpolated trilinearly; clamped to the border values outside.
class ScalarField {
 public:
  ScalarField() = default;
  ScalarField(const Lattice& lattice, float value)
      : lattice_(lattice), values_(lattice.count(), value) {}

  [[nodiscard]] const Lattice& lattice() const { return lattice_; }
  [[nodiscard]] std::vector<float>& values() { return values_; }
  [[nodiscard]] const std::vector<float>& values() const { return values_; }

  [[nodiscard]] double at(const Vec& p) const;
  /// Central differences over two lattice steps, per mm.
  [[nodiscard]] Vec gradient(const Vec& p) const;

 private:
  Lattice lattice_;
  std::vector<float> values_;
};

/// Samples fields on one lattice along the rows of a grid: bilinear in y and z once a row, then
/// linear in x at places that are the same in every row.
class RowSampler {
 public:
  /// A lattice without points has no fields to sample.
  RowSampler(const Lattice& of_fields, const Lattice& grid);
  /// Values at the points of row (y, z) of the grid, which `row` has room for.
  void sample(const ScalarField& field, int y, int z, std::vector<float>& row);

 private:
  struct Place {
    int cell;
    float fraction;
  };
  Lattice fields_;
  Lattice grid_;
  std::vector<Place> along_x_;
  std::vector<float> coarse_;
};

/// Replaces the field by the Euclidean distance in mm to the nearest point that holds 0 (exact,
/// Felzenszwalb and Huttenlocher 2012). Other points must hold `kFar`.
inline constexpr float kFar = 1e12F;
void to_distance(ScalarField& field);

}  // namespace hilum::phantom
