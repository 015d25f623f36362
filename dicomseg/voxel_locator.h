#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "pipeline/domain/volume.h"

namespace hilum::dicomseg {

/// The inverse of a geometry's affine: patient position (mm, LPS) -> nearest voxel. Immutable.
class VoxelLocator {
 public:
  /// Nothing when the affine cannot be inverted.
  static std::optional<VoxelLocator> of(const Geometry& geometry);

  /// Index into the arrays over the grid; nothing outside it.
  [[nodiscard]] std::optional<std::size_t> voxel(const Vec3& lps) const;

 private:
  VoxelLocator(const Geometry& geometry, const std::array<Vec3, 3>& rows)
      : geometry_(geometry), origin_(geometry.to_lps({0, 0, 0})), rows_(rows) {}

  Geometry geometry_;
  Vec3 origin_;
  std::array<Vec3, 3> rows_;  ///< of the inverse of the affine's 3 x 3 part
};

}  // namespace hilum::dicomseg
