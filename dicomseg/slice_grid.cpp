#include "dicomseg/slice_grid.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace hilum::dicomseg {
namespace {

/// The planes counted in whole steps of about `step_mm`; the exact step is the mean of all.
SliceGrid counted_in(double step_mm, std::span<const double> along) {
  SliceGrid grid{.slice = {0}};
  for (std::size_t i = 1; i < along.size(); ++i) {
    const double steps = std::round((along[i] - along[i - 1]) / step_mm);
    grid.slice.push_back(grid.slice.back() + static_cast<int>(steps));
  }
  if (grid.slice.back() > 0) grid.step_mm = (along.back() - along.front()) / grid.slice.back();
  return grid;
}

/// Whether no two planes have one slice.
bool all_different(const SliceGrid& grid) {
  return std::ranges::adjacent_find(grid.slice) == grid.slice.end();
}

bool fits(const SliceGrid& grid, std::span<const double> along) {
  if (!all_different(grid)) return false;
  for (std::size_t i = 1; i < along.size(); ++i) {
    const double place = along.front() + grid.slice[i] * grid.step_mm;
    if (std::abs(along[i] - place) > kSpacingTolerance * grid.step_mm) return false;
  }
  return true;
}

/// Each plane at the slice that is nearest.
SliceGrid nearest_in(double step_mm, std::span<const double> along) {
  SliceGrid grid{.step_mm = step_mm, .slice = {}};
  for (const double place : along) {
    grid.slice.push_back(static_cast<int>(std::lround((place - along.front()) / step_mm)));
  }
  return grid;
}

}  // namespace

std::optional<SliceGrid> even_stack(std::span<const double> along) {
  SliceGrid grid{.step_mm = (along.back() - along.front()) / static_cast<double>(along.size() - 1),
                 .slice = {}};
  for (std::size_t i = 0; i < along.size(); ++i) grid.slice.push_back(static_cast<int>(i));
  if (!fits(grid, along)) return std::nullopt;
  return grid;
}

SliceGrid even_grid(std::span<const double> along) {
  const double usual = usual_step(steps_of(along));
  for (int parts = 1;; ++parts) {
    const double step = usual / parts;
    SliceGrid grid = counted_in(step, along);
    if (fits(grid, along)) return grid;
    if (step > kFinestStepMm) continue;
    grid = nearest_in(step, along);
    if (all_different(grid)) return grid;
  }
}

std::vector<double> steps_of(std::span<const double> along) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < along.size(); ++i) steps.push_back(along[i] - along[i - 1]);
  return steps;
}

double usual_step(std::vector<double> steps) {
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

}  // namespace hilum::dicomseg
