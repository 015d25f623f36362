#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/lung_sides.h"
#include "model/model_grid.h"

namespace hilum::model {

/// Where vessels of the lungs can be: both lungs, what lies between them, and a margin. On coarse
/// blocks of the model grid, because it only decides which windows are worth computing and what is
/// background by construction.
struct LungRegion {
  static constexpr int kBlock = 4;  ///< voxels per axis; 6 mm at the usual 1.5 mm

  GridSize blocks{};  ///< of the whole model grid; the last of an axis may be cut by its end
  std::vector<std::uint8_t> inside;  ///< [X][Y][Z] of `blocks`; empty when no lung was found
  double lung_litres = 0;            ///< of the lungs as found
  double smaller_lung_litres = 0;    ///< of the side with less of it
  double region_litres = 0;

  [[nodiscard]] bool found() const { return !inside.empty(); }
  /// Whether voxel (x, y, z) of the model grid is inside. True everywhere when no lung was found.
  [[nodiscard]] bool contains(int x, int y, int z) const {
    return inside.empty() || inside[grid_index(blocks, x / kBlock, y / kBlock, z / kBlock)] != 0;
  }
  /// For the log: what was found, or that the whole volume is searched and why.
  [[nodiscard]] std::string describe() const;
};

/// The region of lungs that were found in a volume of `voxels` with `spacing_mm`.
///
/// Every line from right to left is filled between its outermost lung, which keeps hila, heart and
/// great vessels, and a margin of 12 mm keeps what partial volume blurs. Nothing is found, and all
/// of the volume searched, below `kSmallestLungLitres`, or when one side has less than a quarter of
/// the other: it may be collapsed, or as thin as air and cut by the field of view, and have
/// vessels.
LungRegion find_lung_region(const LungSides& lungs, const GridSize& voxels, const Vec3& spacing_mm);

}  // namespace hilum::model
