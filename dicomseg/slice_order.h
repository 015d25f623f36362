#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pipeline/domain/result.h"
#include "pipeline/domain/volume.h"

namespace hilum::dicomseg {

/// The geometry of one image plane, as its attributes say it (PS3.3 C.7.6.2).
struct SlicePlane {
  Vec3 position{};            ///< (0020,0032): centre of the first voxel, mm, LPS
  Vec3 row_cosines{};         ///< (0020,0037) 1-3: the direction in which the column index grows
  Vec3 column_cosines{};      ///< (0020,0037) 4-6: the direction in which the row index grows
  int rows = 0;               ///< (0028,0010)
  int columns = 0;            ///< (0028,0011)
  double row_step_mm = 0;     ///< (0028,0030) value 1: between the centres of adjacent rows
  double column_step_mm = 0;  ///< (0028,0030) value 2: between the centres of adjacent columns
};

/// Cosines may miss unit length and a right angle by this much: attributes have few digits.
inline constexpr double kCosineTolerance = 1e-3;
/// Cosines of two planes of one stack may differ by this much (the tolerance of the common
/// viewers).
inline constexpr double kSameOrientationTolerance = 1e-3;
/// In millimetres: pixel spacings of two planes of one stack.
inline constexpr double kPixelSpacingToleranceMm = 1e-4;
/// In millimetres: planes closer than this along the normal are at the same position.
inline constexpr double kSamePositionMm = 0.01;
/// Share of the slice spacing by which a plane may miss its regular place. Covers positions that a
/// scanner rounded to 0.1 mm at spacings from 0.5 mm on.
inline constexpr double kSpacingTolerance = 0.1;
/// In millimetres: how far a plane may lie sideways of the line through the stack.
inline constexpr double kLineToleranceMm = 0.1;

struct SliceOrder {
  /// `order[z]` is the index, in the span given, of the plane that becomes slice z.
  std::vector<std::size_t> order;
  /// Distance of adjacent slices along the normal, measured from the positions.
  double spacing_mm = 0;
  /// Size and affine of the stack; no frame of reference. The cosines enter as written
  /// (PS3.3 C.7.6.2.1.1); the slice step is (last - first position) / (n - 1), so with a tilted
  /// gantry, where it is not parallel to the normal, the affine has the shear and is exact.
  Geometry geometry;
};

/// Unit normal of a plane: row cosines x column cosines. For a standing, head-first axial image
/// it points to the head. Precondition: the cosines are not parallel.
Vec3 slice_normal(const SlicePlane& plane);

/// Whether the plane alone makes sense: finite numbers, unit and orthogonal cosines, positive
/// matrix and spacing.
Status check_plane(const SlicePlane& plane);

/// Orders planes ascending along their normal, so that (x, y, z) of the result is right-handed:
/// axial images go from the feet to the head, whatever their numbering.
/// Fails with kInvalidInput when a plane makes no sense or two are at one position, and with
/// kUnsupported when they are not one regular stack: fewer than two, other orientation, matrix or
/// spacing, slices missing, irregular spacing, positions off a straight line. Messages name
/// positions. Pure; safe from any thread.
Result<SliceOrder> order_slices(std::span<const SlicePlane> planes);

}  // namespace hilum::dicomseg
