#include "dicomseg/slice_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "dicomseg/slice_grid.h"

namespace hilum::dicomseg {
namespace {

double dot(const Vec3& a, const Vec3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Vec3 minus(const Vec3& a, const Vec3& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }

Vec3 scaled(const Vec3& a, double factor) { return {a[0] * factor, a[1] * factor, a[2] * factor}; }

double length(const Vec3& a) { return std::sqrt(dot(a, a)); }

bool all_finite(const SlicePlane& p) {
  for (const Vec3& v : {p.position, p.row_cosines, p.column_cosines}) {
    if (!std::all_of(v.begin(), v.end(), [](double x) { return std::isfinite(x); })) return false;
  }
  return std::isfinite(p.row_step_mm) && std::isfinite(p.column_step_mm);
}

double largest_difference(const Vec3& a, const Vec3& b) {
  const Vec3 d = minus(a, b);
  return std::max({std::abs(d[0]), std::abs(d[1]), std::abs(d[2])});
}

/// Names positions in messages by the patient axis that is closest to the normal, because that is
/// the number people see on the console.
struct PositionNamer {
  std::size_t axis;
  explicit PositionNamer(const Vec3& normal) : axis(0) {
    for (std::size_t i = 1; i < 3; ++i) {
      if (std::abs(normal[i]) > std::abs(normal[axis])) axis = i;
    }
  }
  [[nodiscard]] std::string letter() const { return std::string(1, "xyz"[axis]); }
  [[nodiscard]] double of(const SlicePlane& plane) const { return plane.position[axis]; }
};

Status check_same_grid(std::span<const SlicePlane> planes) {
  const SlicePlane& first = planes.front();
  for (const SlicePlane& p : planes) {
    if (p.rows != first.rows || p.columns != first.columns) {
      return Error{ErrorCode::kUnsupported,
                   fmt::format("the slices have different matrices: {} x {} and {} x {}",
                               first.rows, first.columns, p.rows, p.columns)};
    }
    if (largest_difference(p.row_cosines, first.row_cosines) > kSameOrientationTolerance ||
        largest_difference(p.column_cosines, first.column_cosines) > kSameOrientationTolerance) {
      return Error{ErrorCode::kUnsupported,
                   "the slices have different orientations: more than one stack in the series"};
    }
    if (std::abs(p.row_step_mm - first.row_step_mm) > kPixelSpacingToleranceMm ||
        std::abs(p.column_step_mm - first.column_step_mm) > kPixelSpacingToleranceMm) {
      return Error{
          ErrorCode::kUnsupported,
          fmt::format("the slices have different pixel spacings: {} x {} and {} x {} mm",
                      first.row_step_mm, first.column_step_mm, p.row_step_mm, p.column_step_mm)};
    }
  }
  return ok();
}

/// `sorted[i]` are the planes ascending along the normal, `along[i]` their positions on it.
struct SortedStack {
  std::vector<const SlicePlane*> sorted;
  std::vector<double> along;
  Vec3 normal;
};

Status check_duplicates(const SortedStack& stack) {
  const PositionNamer name(stack.normal);
  int duplicates = 0;
  std::optional<double> where;
  for (std::size_t i = 1; i < stack.along.size(); ++i) {
    if (stack.along[i] - stack.along[i - 1] >= kSamePositionMm) continue;
    ++duplicates;
    if (!where) where = name.of(*stack.sorted[i]);
  }
  if (duplicates == 0) return ok();
  return Error{
      ErrorCode::kInvalidInput,
      fmt::format("{} slice{} at the position of another one, the first at {} = {:.2f} mm: "
                  "more than one phase or reconstruction in the series",
                  duplicates, duplicates == 1 ? " is" : "s are", name.letter(), *where)};
}

/// The positions of the two planes at step `i`, as people know them.
std::string between(const SortedStack& stack, std::size_t i) {
  const PositionNamer name(stack.normal);
  return fmt::format("between {} positions {:.2f} and {:.2f} mm", name.letter(),
                     name.of(*stack.sorted[i]), name.of(*stack.sorted[i + 1]));
}

/// Whether an uneven stack can be bridged at all.
Status check_steps(const SortedStack& stack, const std::vector<double>& steps) {
  const double usual = usual_step(steps);
  const auto irregular = [&](std::size_t i) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("irregular slice spacing: {} the step is {:.2f} mm, usual is {:.2f}",
                             between(stack, i), steps[i], usual)};
  };
  std::optional<std::size_t> first_unusual;
  std::size_t unusual = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i] > kLongestBridgeMm) {
      const long missing = std::max(1L, std::lround(steps[i] / usual) - 1);
      return Error{
          ErrorCode::kUnsupported,
          fmt::format("{}, {} slice{} missing (usual step {:.2f} mm), and more than {} mm "
                      "cannot be bridged",
                      between(stack, i), missing, missing > 1 ? "s" : "", usual, kLongestBridgeMm)};
    }
    if (steps[i] < kShortestStepShare * usual) return irregular(i);
    if (std::abs(steps[i] - usual) <= kUsualStepTolerance * usual) continue;
    if (!first_unusual) first_unusual = i;
    ++unusual;
  }
  const auto most = (1 - kUsualStepsShare) * static_cast<double>(steps.size());
  if (first_unusual && static_cast<double>(unusual) > most) return irregular(*first_unusual);
  return ok();
}

/// In at most 200 characters.
std::string describe_unevenness(const SortedStack& stack, const SliceGrid& grid,
                                const std::vector<double>& steps) {
  constexpr const char* kConsequence = "What lies between is interpolated.";
  const double usual = usual_step(steps);
  const int missing = grid.slices() - static_cast<int>(stack.sorted.size());
  const bool of_usual_step = std::abs(grid.step_mm - usual) <= kSpacingTolerance * usual;
  const auto longest = static_cast<std::size_t>(std::ranges::max_element(steps) - steps.begin());
  if (!of_usual_step || missing == 0) {
    return fmt::format("The slices are unevenly spaced: by {:.2f} to {:.2f} mm, most {}. {}",
                       *std::ranges::min_element(steps), steps[longest], between(stack, longest),
                       kConsequence);
  }
  return fmt::format("{} slice{} missing, the most {} (usual step {:.2f} mm). {}", missing,
                     missing == 1 ? " is" : "s are", between(stack, longest), usual, kConsequence);
}

/// `line` is the step from slice to slice for each millimetre along the normal.
Status check_on_line(const SortedStack& stack, const Vec3& line) {
  const PositionNamer name(stack.normal);
  for (std::size_t i = 0; i < stack.sorted.size(); ++i) {
    const Vec3 from_first = minus(stack.sorted[i]->position, stack.sorted.front()->position);
    const double sideways =
        length(minus(from_first, scaled(line, stack.along[i] - stack.along.front())));
    if (sideways > kLineToleranceMm) {
      return Error{ErrorCode::kUnsupported,
                   fmt::format("the slice at {} = {:.2f} mm is shifted sideways by {:.2f} mm: the "
                               "positions are not on one line",
                               name.letter(), name.of(*stack.sorted[i]), sideways)};
    }
  }
  return ok();
}

Geometry make_geometry(const SlicePlane& first, const Vec3& step, int slices) {
  Geometry g;
  g.size = {slices, first.rows, first.columns};
  for (std::size_t row = 0; row < 3; ++row) {
    g.voxel_to_lps[row * 4 + 0] = first.row_cosines[row] * first.column_step_mm;
    g.voxel_to_lps[row * 4 + 1] = first.column_cosines[row] * first.row_step_mm;
    g.voxel_to_lps[row * 4 + 2] = step[row];
    g.voxel_to_lps[row * 4 + 3] = first.position[row];
  }
  return g;
}

}  // namespace

Vec3 slice_normal(const SlicePlane& plane) {
  const Vec3& r = plane.row_cosines;
  const Vec3& c = plane.column_cosines;
  const Vec3 cross{r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]};
  return scaled(cross, 1.0 / length(cross));
}

Status check_plane(const SlicePlane& plane) {
  const auto refuse = [](std::string_view why) {
    return Error{ErrorCode::kInvalidInput, std::string(why)};
  };
  if (!all_finite(plane)) return refuse("position, orientation or spacing is not a finite number");
  if (plane.rows <= 0 || plane.columns <= 0) return refuse("rows or columns is zero");
  if (plane.row_step_mm <= 0 || plane.column_step_mm <= 0) {
    return refuse("pixel spacing is not positive");
  }
  if (std::abs(length(plane.row_cosines) - 1) > kCosineTolerance ||
      std::abs(length(plane.column_cosines) - 1) > kCosineTolerance) {
    return refuse("the direction cosines of the image orientation are not of unit length");
  }
  if (std::abs(dot(plane.row_cosines, plane.column_cosines)) > kCosineTolerance) {
    return refuse("rows and columns of the image orientation are not at a right angle");
  }
  return ok();
}

Result<SliceOrder> order_slices(std::span<const SlicePlane> planes) {
  for (const SlicePlane& plane : planes) {
    if (auto sane = check_plane(plane); !sane) return std::move(sane).error();
  }
  if (planes.size() < 2) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("{} slice: a volume needs at least two", planes.size())};
  }
  if (auto same = check_same_grid(planes); !same) return std::move(same).error();

  SliceOrder result;
  SortedStack stack{.sorted = {}, .along = {}, .normal = slice_normal(planes.front())};
  result.order.resize(planes.size());
  std::iota(result.order.begin(), result.order.end(), std::size_t{0});
  const auto along = [&](std::size_t i) { return dot(planes[i].position, stack.normal); };
  std::stable_sort(result.order.begin(), result.order.end(),
                   [&](std::size_t a, std::size_t b) { return along(a) < along(b); });
  for (const std::size_t i : result.order) {
    stack.sorted.push_back(&planes[i]);
    stack.along.push_back(along(i));
  }
  if (auto distinct = check_duplicates(stack); !distinct) return std::move(distinct).error();
  const Vec3 line = scaled(minus(stack.sorted.back()->position, stack.sorted.front()->position),
                           1.0 / (stack.along.back() - stack.along.front()));
  if (auto straight = check_on_line(stack, line); !straight) return std::move(straight).error();
  auto grid = even_stack(stack.along);
  if (!grid) {
    const std::vector<double> steps = steps_of(stack.along);
    if (auto few = check_steps(stack, steps); !few) return std::move(few).error();
    grid = even_grid(stack.along);
    result.unevenness = describe_unevenness(stack, *grid, steps);
  }
  result.slice = grid->slice;
  result.spacing_mm = grid->step_mm;
  result.geometry =
      make_geometry(*stack.sorted.front(), scaled(line, grid->step_mm), grid->slices());
  return result;
}

}  // namespace hilum::dicomseg
