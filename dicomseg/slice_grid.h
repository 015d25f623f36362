#pragma once

#include <optional>
#include <span>
#include <vector>

namespace hilum::dicomseg {

/// Share of the slice spacing by which a plane may miss its place on an even grid. Covers positions
/// that a scanner rounded to 0.1 mm at spacings from 0.5 mm on.
inline constexpr double kSpacingTolerance = 0.1;
/// In millimetres: planes that fit no coarser grid are put on one of at most this step, and are at
/// most half of it off their place.
inline constexpr double kFinestStepMm = 0.5;

/// Evenly spaced slices along a line, and which of them the planes of a stack are.
struct SliceGrid {
  double step_mm = 0;      ///< slice s lies s steps from the first plane
  std::vector<int> slice;  ///< of each plane, ascending, all different; the first is 0
  [[nodiscard]] int slices() const { return slice.back() + 1; }
};

/// The planes at `along` (mm, ascending, two or more) as slices, one each, with their mean step;
/// nothing when one of them misses its place by more than kSpacingTolerance.
std::optional<SliceGrid> even_stack(std::span<const double> along);

/// For planes that are no even stack: the coarsest grid on which every one has a place of its own
/// within kSpacingTolerance: of their usual step, so that a stack with missing planes keeps its
/// step, else of a half, a third, ... of it; in the end one that is fine enough for any.
/// Precondition: no step is shorter than half of the usual one, or longer than 1000 of it.
SliceGrid even_grid(std::span<const double> along);

/// From plane to plane, in mm.
std::vector<double> steps_of(std::span<const double> along);
/// The step that most planes have: the median. Precondition: there is one.
double usual_step(std::vector<double> steps);

}  // namespace hilum::dicomseg
