#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "pipeline/domain/uid.h"

namespace hilum {

using Vec3 = std::array<double, 3>;

/// Where a voxel grid lies in the patient. Arrays over it are indexed [z][y][x] = [slice][row]
/// [column], x fastest. The matrix is affine without restrictions, so oblique and gantry-tilted
/// stacks (a slice step that is not parallel to the slice normal) are represented exactly.
struct Geometry {
  std::array<int, 3> size{};  ///< (slices, rows, columns) = (nz, ny, nx)
  /// Row-major 4x4; takes the column vector (x, y, z, 1) of voxel indices (voxel centres at whole
  /// numbers) to millimetres in DICOM's patient axes LPS: x to the Left, y Posterior, z Superior
  /// (PS3.3 C.7.6.2.1.1).
  std::array<double, 16> voxel_to_lps{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
  std::optional<FrameUid> frame;  ///< Frame of Reference, absent for volumes not from DICOM

  [[nodiscard]] std::size_t voxel_count() const {
    return static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]) *
           static_cast<std::size_t>(size[2]);
  }
  [[nodiscard]] std::size_t index(int z, int y, int x) const {
    return (static_cast<std::size_t>(z) * static_cast<std::size_t>(size[1]) +
            static_cast<std::size_t>(y)) *
               static_cast<std::size_t>(size[2]) +
           static_cast<std::size_t>(x);
  }
  /// Patient position in mm (LPS) of the (possibly fractional) voxel index (x, y, z).
  [[nodiscard]] Vec3 to_lps(const Vec3& xyz) const;
  /// Column `axis` of the matrix: the step in mm (LPS) from one voxel to the next along
  /// x (0), y (1) or z (2).
  [[nodiscard]] Vec3 step_mm(int axis) const;
  /// Volume of one voxel: |determinant| / 1000, in millilitres.
  [[nodiscard]] double voxel_ml() const;
};

/// A CT volume. `hu[geometry.index(z, y, x)]` is in Hounsfield units.
struct Volume {
  Geometry geometry;
  std::vector<std::int16_t> hu;
};

/// A segmentation on `geometry` (always that of the source volume): 0 is background, k > 0 is
/// class k - 1 of the model that made it. Classes exclude each other by construction.
struct LabelMap {
  Geometry geometry;
  std::vector<std::uint8_t> label;
};

}  // namespace hilum
