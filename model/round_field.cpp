#include "model/round_field.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace hilum::model {
namespace {

/// Padding is -1024 HU or less; noise keeps the mean of a cell of air above.
constexpr float kPaddingHu = -1020;
/// Cells of the rim are some of both.
constexpr double kRimCells = 2;
/// A circle that only just touches the sides of a square leaves 21 % outside.
constexpr double kLeastShareOutside = 0.02;

}  // namespace

std::optional<RoundField> find_round_field(std::span<const float> hu, const CellGrid& cells) {
  const auto& size = cells.size;
  std::vector<Vec3> outside;
  std::vector<Vec3> within;
  for (int x = 0; x < size[0]; ++x) {
    for (int y = 0; y < size[1]; ++y) {
      const auto column = hu.subspan(grid_index(size, x, y, 0), static_cast<std::size_t>(size[2]));
      const bool padding = std::ranges::all_of(column, [](float v) { return v <= kPaddingHu; });
      (padding ? outside : within).push_back(cells.centre_mm(x, y, 0));
    }
  }
  const auto columns = static_cast<double>(outside.size() + within.size());
  if (within.empty() || static_cast<double>(outside.size()) < kLeastShareOutside * columns) {
    return std::nullopt;
  }
  RoundField field;
  for (const Vec3& place : within) {
    field.x_mm += place[0] / static_cast<double>(within.size());
    field.y_mm += place[1] / static_cast<double>(within.size());
  }
  // With no radius yet, depths are negative distances from the centre.
  double nearest_outside = std::numeric_limits<double>::infinity();
  double farthest_within = 0;
  for (const Vec3& place : outside) {
    nearest_outside = std::min(nearest_outside, -field.depth_mm(place));
  }
  for (const Vec3& place : within) {
    farthest_within = std::max(farthest_within, -field.depth_mm(place));
  }
  const double cell_mm = std::max(cells.step_mm[0], cells.step_mm[1]);
  if (farthest_within - nearest_outside > kRimCells * cell_mm) return std::nullopt;
  field.radius_mm = (nearest_outside + farthest_within) / 2;
  return field;
}

}  // namespace hilum::model
