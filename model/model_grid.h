#pragma once

#include <array>
#include <cstddef>

#include "model/affine.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/volume.h"

namespace hilum::model {

/// Number of voxels along X, Y, Z. Arrays over it are indexed [X][Y][Z], Z fastest, as the
/// reference implementation's tensors; X grows to the patient's Right, Y to Anterior, Z to
/// Superior.
using GridSize = std::array<int, 3>;

inline std::size_t voxel_count(const GridSize& size) {
  return static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]) *
         static_cast<std::size_t>(size[2]);
}
inline std::size_t grid_index(const GridSize& size, int x, int y, int z) {
  return (static_cast<std::size_t>(x) * static_cast<std::size_t>(size[1]) +
          static_cast<std::size_t>(y)) *
             static_cast<std::size_t>(size[2]) +
         static_cast<std::size_t>(z);
}

/// Voxels from `start` up to but without `end`.
struct Box {
  GridSize start{};
  GridSize end{};

  [[nodiscard]] GridSize size() const {
    return {end[0] - start[0], end[1] - start[1], end[2] - start[2]};
  }
  [[nodiscard]] bool empty() const {
    return end[0] <= start[0] || end[1] <= start[1] || end[2] <= start[2];
  }
  bool operator==(const Box&) const = default;
};

/// A source grid with its axes permuted and flipped so that they run as close to R, A, S as they
/// can, without any resampling.
struct RasOrientation {
  GridSize size{};
  Affine to_ras{};     ///< oriented voxel -> mm, RAS
  Affine to_source{};  ///< oriented voxel -> source voxel (x, y, z); a signed permutation
};

/// The grid on which the network sees a series.
struct ModelGrid {
  GridSize size{};
  Affine to_ras{};     ///< model voxel (X, Y, Z) -> mm, RAS
  Affine to_source{};  ///< model voxel (X, Y, Z) -> (fractional) source voxel (x, y, z)
};

/// The largest model grid: at 1.5 mm a cube of 768 mm, more than any scanner's field of view.
inline constexpr std::size_t kMaxGridVoxels = std::size_t{1} << 27;

/// Orientation as `nibabel.io_orientation` and MONAI's `Orientation(axcodes="RAS")` choose it: each
/// source axis, in the order x, y, z, takes the free patient axis that is largest in the rotation
/// closest to the grid's (polar decomposition), so oblique and tilted grids have an answer as well.
/// kInvalidInput for a geometry without extent, with numbers that are not finite or with axes that
/// do not span space.
Result<RasOrientation> orient_to_ras(const Geometry& source);

/// The grid of MONAI 1.3.2 `Orientation("RAS")` then `Spacing(spacing_mm, diagonal=False)`: axes
/// orthogonal (shear of a tilted gantry is removed, the first oriented axis keeps its direction),
/// the first voxel's centre on the first source voxel's, round(extent / spacing) + 1 voxels. For a
/// sheared stack, where no corner is the first along all axes, MONAI starts at the first voxel and
/// so cuts a wedge off; this function starts at the smallest coordinate of each axis instead, so
/// that every source voxel lies on the grid. Errors of `orient_to_ras`; kUnsupported above
/// kMaxGridVoxels.
Result<ModelGrid> plan_model_grid(const Geometry& source, const Vec3& spacing_mm);

}  // namespace hilum::model
