#pragma once

#include <cstddef>
#include <span>
#include <string>
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
/// In millimetres: the longest step of an uneven stack; what lies between is interpolated. Where
/// more is missing, nobody can say how a vessel goes on.
inline constexpr double kLongestBridgeMm = 10;
/// No step of an uneven stack is shorter than this share of the usual one, and most are the usual
/// one, within kUsualStepTolerance of it: else the planes are those of two stacks, two phases
/// perhaps.
inline constexpr double kShortestStepShare = 0.5;
inline constexpr double kUsualStepsShare = 0.65;
inline constexpr double kUsualStepTolerance = 0.2;
/// In millimetres: how far a plane may lie sideways of the line through the stack.
inline constexpr double kLineToleranceMm = 0.1;

struct SliceOrder {
  /// Indices, in the span given, of the planes as they ascend.
  std::vector<std::size_t> order;
  /// The slice of each of them; there are slices that none is where planes are missing.
  std::vector<int> slice;
  /// Distance of adjacent slices along the normal, measured from the positions.
  double spacing_mm = 0;
  /// Size and affine of the slices; no frame of reference. The cosines enter as written
  /// (PS3.3 C.7.6.2.1.1); the slice step goes along the line of the positions, so with a tilted
  /// gantry, where it is not parallel to the normal, the affine has the shear and is exact.
  Geometry geometry;
  /// How planes are missing or unevenly spaced, in words with positions; empty: every slice is one.
  std::string unevenness;
};

/// Unit normal of a plane: row cosines x column cosines. For a standing, head-first axial image
/// it points to the head. Precondition: the cosines are not parallel.
Vec3 slice_normal(const SlicePlane& plane);

/// Whether the plane alone makes sense: finite numbers, unit and orthogonal cosines, positive
/// matrix and spacing.
Status check_plane(const SlicePlane& plane);

/// Orders planes ascending along their normal, so that (x, y, z) of the result is right-handed:
/// axial images go from the feet to the head, whatever their numbering. Planes that are missing or
/// unevenly spaced get the even grid of dicomseg/slice_grid.h.
/// Fails with kInvalidInput when a plane makes no sense or two are at one position, and with
/// kUnsupported when they are not one stack: fewer than two, other orientation, matrix or spacing,
/// positions off a straight line, more missing than can be bridged, steps of two stacks. Messages
/// name positions. Pure; safe from any thread.
Result<SliceOrder> order_slices(std::span<const SlicePlane> planes);

}  // namespace hilum::dicomseg
