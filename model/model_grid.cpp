#include "model/model_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hilum::model {
namespace {

double dot(const Vec3& a, const Vec3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

double norm(const Vec3& a) { return std::sqrt(dot(a, a)); }

void set_column(Affine& map, std::size_t axis, const Vec3& value) {
  for (std::size_t row = 0; row < 3; ++row) map[row * 4 + axis] = value[row];
}

/// The rotation (or rotoreflection) closest to the linear part of `map` after scaling its columns
/// to length 1: the orthogonal factor of the polar decomposition, by Newton's iteration
/// (Higham 1986), which converges quadratically for any invertible matrix.
Affine closest_rotation(const Affine& map) {
  Affine q{};
  q[15] = 1;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const Vec3 step = column(map, axis);
    const double length = norm(step);
    set_column(q, axis, {step[0] / length, step[1] / length, step[2] / length});
  }
  constexpr int kIterations = 30;  // 6 suffice for real scanners, the rest is for slanted grids
  for (int i = 0; i < kIterations; ++i) {
    const Affine inverted = inverse(q);
    for (std::size_t row = 0; row < 3; ++row) {
      for (std::size_t col = 0; col < 3; ++col) {
        q[row * 4 + col] = (q[row * 4 + col] + inverted[col * 4 + row]) / 2;
      }
    }
  }
  return q;
}

Status check_geometry(const Geometry& source) {
  const auto invalid = [](std::string_view what) {
    return Error{ErrorCode::kInvalidInput, fmt::format("cannot place the volume: {}", what)};
  };
  if (std::ranges::any_of(source.size, [](int n) { return n < 1; })) {
    return invalid("it has no voxels");
  }
  if (!std::ranges::all_of(source.voxel_to_lps, [](double v) { return std::isfinite(v); })) {
    return invalid("its position or spacing is not a finite number");
  }
  double box = 1;
  for (int axis = 0; axis < 3; ++axis) box *= norm(source.step_mm(axis));
  // The ratio of the voxel's volume to that of a rectangular one: 1 without tilt, 0 when flat.
  constexpr double kFlat = 1e-6;
  if (!(std::abs(determinant(source.voxel_to_lps)) > kFlat * box)) {
    return invalid("its axes do not span space");
  }
  return ok();
}

/// Orthonormal axes by Gram-Schmidt in the order of the columns, times the spacing. The same as
/// MONAI's `zoom_affine`, which gets it from a Cholesky decomposition.
Affine orthogonal_axes(const Affine& oriented, const Vec3& spacing_mm) {
  std::array<Vec3, 3> axes{};
  Affine result{};
  result[15] = 1;
  for (std::size_t i = 0; i < 3; ++i) {
    Vec3 axis = column(oriented, i);
    for (std::size_t j = 0; j < i; ++j) {
      const double along = dot(axis, axes[j]);
      for (std::size_t k = 0; k < 3; ++k) axis[k] -= along * axes[j][k];
    }
    const double length = norm(axis);
    for (double& component : axis) component /= length;
    axes[i] = axis;
    set_column(result, i,
               {axis[0] * spacing_mm[i], axis[1] * spacing_mm[i], axis[2] * spacing_mm[i]});
  }
  return result;
}

}  // namespace

Result<RasOrientation> orient_to_ras(const Geometry& source) {
  if (auto checked = check_geometry(source); !checked) return std::move(checked).error();
  const Affine source_to_ras = compose(flip_lps_ras(), source.voxel_to_lps);
  const Affine rotation = closest_rotation(source_to_ras);
  RasOrientation result;
  result.to_source[15] = 1;
  std::array<bool, 3> taken{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const Vec3 direction = column(rotation, axis);
    std::size_t best = 3;
    for (std::size_t out = 0; out < 3; ++out) {
      if (taken[out]) continue;
      if (best == 3 || std::abs(direction[out]) > std::abs(direction[best])) best = out;
    }
    taken[best] = true;
    const int count = source.size[2 - axis];  // Geometry counts z, y, x
    const bool flipped = direction[best] < 0;
    result.size[best] = count;
    result.to_source[axis * 4 + best] = flipped ? -1 : 1;
    result.to_source[axis * 4 + 3] = flipped ? count - 1 : 0;
  }
  result.to_ras = compose(source_to_ras, result.to_source);
  return result;
}

Result<ModelGrid> plan_model_grid(const Geometry& source, const Vec3& spacing_mm) {
  auto oriented = orient_to_ras(source);
  if (!oriented) return std::move(oriented).error();
  Affine to_ras = orthogonal_axes(oriented->to_ras, spacing_mm);

  // Where the corners of the oriented grid lie, in steps of the new one, from its first corner.
  const Affine steps = compose(inverse(to_ras), oriented->to_ras);
  ModelGrid grid;
  Vec3 first{};
  double voxels = 1;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    double extent = 0;
    for (std::size_t from = 0; from < 3; ++from) {
      const double along = steps[axis * 4 + from] * (oriented->size[from] - 1);
      extent += std::abs(along);
      first[axis] += std::min(along, 0.0);
    }
    const double count = std::nearbyint(extent + 1);  // to even at ties, as numpy.round
    voxels *= count;
    if (voxels > static_cast<double>(kMaxGridVoxels)) {
      return Error{ErrorCode::kUnsupported,
                   fmt::format("the volume is too large for the model: more than {} voxels of "
                               "{} x {} x {} mm",
                               kMaxGridVoxels, spacing_mm[0], spacing_mm[1], spacing_mm[2])};
    }
    grid.size[axis] = static_cast<int>(count);
  }
  const Vec3 corner = transform(oriented->to_ras, {0, 0, 0});
  const Vec3 shift = transform(to_ras, first);
  for (std::size_t row = 0; row < 3; ++row) to_ras[row * 4 + 3] = corner[row] + shift[row];

  grid.to_ras = to_ras;
  grid.to_source = compose(oriented->to_source, compose(inverse(oriented->to_ras), to_ras));
  return grid;
}

}  // namespace hilum::model
