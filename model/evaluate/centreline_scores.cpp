#include "model/evaluate/centreline_scores.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "model/distance_transform.h"

namespace hilum::model::evaluate {
namespace {

/// Share of the line's voxels that lie in the mask; 0 for no line.
double share_inside(const Mask& line, const Mask& mask) {
  std::uint64_t all = 0;
  std::uint64_t inside = 0;
  for (std::size_t i = 0; i < line.voxel.size(); ++i) {
    all += line.voxel[i];
    inside += line.voxel[i] & mask.voxel[i];
  }
  return all == 0 ? 0 : static_cast<double>(inside) / static_cast<double>(all);
}

/// The complement, with a frame around it, since beyond the grid is background.
Mask framed_background(const Mask& mask) {
  Mask background{.grid = mask.grid, .voxel = {}};
  for (int& edge : background.grid.size) edge += 2;
  background.voxel.assign(background.grid.voxel_count(), 1);
  for (int z = 0; z < mask.grid.size[0]; ++z) {
    for (int y = 0; y < mask.grid.size[1]; ++y) {
      const std::uint8_t* from = mask.voxel.data() + mask.grid.index(z, y, 0);
      std::uint8_t* to = background.voxel.data() + background.grid.index(z + 1, y + 1, 1);
      std::transform(from, from + mask.grid.size[2], to,
                     [](std::uint8_t inside) { return std::uint8_t{inside == 0}; });
    }
  }
  return background;
}

/// A voxel of a centreline with the radius of the ball around it that fits into the vessel.
struct LinePoint {
  std::array<int, 3> at{};  // z, y, x
  double radius_mm = 0;
};

std::vector<LinePoint> line_points(const Mask& vessel, const Mask& line) {
  const Mask background = framed_background(vessel);
  const std::vector<float> distance = distance_mm(background);
  const auto& steps = vessel.grid.step_mm;
  const double half_voxel = *std::min_element(steps.begin(), steps.end()) / 2;
  std::vector<LinePoint> points;
  const auto& size = line.grid.size;
  for (int z = 0; z < size[0]; ++z) {
    for (int y = 0; y < size[1]; ++y) {
      for (int x = 0; x < size[2]; ++x) {
        if (line.voxel[line.grid.index(z, y, x)] == 0) continue;
        const double to_background = distance[background.grid.index(z + 1, y + 1, x + 1)];
        points.push_back({{z, y, x}, to_background - half_voxel});
      }
    }
  }
  return points;
}

/// Raises the diameters of the line's voxels within the point's ball to that of the ball.
void cover(const LinePoint& point, const Mask& line, std::vector<float>& diameter) {
  const Grid& grid = line.grid;
  std::array<int, 3> lo{};
  std::array<int, 3> hi{};
  for (std::size_t i = 0; i < 3; ++i) {
    const int reach = static_cast<int>(point.radius_mm / grid.step_mm[i]);
    lo[i] = std::max(0, point.at[i] - reach);
    hi[i] = std::min(grid.size[i] - 1, point.at[i] + reach);
  }
  const auto value = static_cast<float>(2 * point.radius_mm);
  for (int z = lo[0]; z <= hi[0]; ++z) {
    for (int y = lo[1]; y <= hi[1]; ++y) {
      for (int x = lo[2]; x <= hi[2]; ++x) {
        const std::size_t at = grid.index(z, y, x);
        if (line.voxel[at] == 0 || diameter[at] >= value) continue;
        const double distance =
            std::hypot((z - point.at[0]) * grid.step_mm[0], (y - point.at[1]) * grid.step_mm[1],
                       (x - point.at[2]) * grid.step_mm[2]);
        if (distance <= point.radius_mm) diameter[at] = value;
      }
    }
  }
}

/// Diameters on the line's voxels, 0 elsewhere.
std::vector<float> diameters_on_line(const Mask& vessel, const Mask& line) {
  std::vector<float> diameter(line.voxel.size(), 0.0F);
  for (const LinePoint& point : line_points(vessel, line)) cover(point, line, diameter);
  return diameter;
}

}  // namespace

double centreline_dice(const Mask& prediction, const Mask& predicted_line, const Mask& reference,
                       const Mask& reference_line) {
  const double precision = share_inside(predicted_line, reference);
  const double sensitivity = share_inside(reference_line, prediction);
  return precision + sensitivity > 0 ? 2 * precision * sensitivity / (precision + sensitivity) : 0;
}

std::vector<float> diameters_mm(const Mask& vessel, const Mask& line) {
  const std::vector<float> on_line = diameters_on_line(vessel, line);
  const std::vector<std::int32_t> nearest = nearest_site(line);
  std::vector<float> diameter;
  for (std::size_t i = 0; i < vessel.voxel.size(); ++i) {
    if (vessel.voxel[i] != 0) diameter.push_back(on_line[static_cast<std::size_t>(nearest[i])]);
  }
  return diameter;
}

}  // namespace hilum::model::evaluate
