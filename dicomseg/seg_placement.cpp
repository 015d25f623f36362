#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "dicomseg/seg_reader.h"

/// From the frames of a segmentation to labels on a grid.
namespace hilum::dicomseg {
namespace {

Error invalid(std::string why) {
  return {ErrorCode::kInvalidInput, "place a segmentation: " + std::move(why)};
}

double distance(const Vec3& a, const Vec3& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

Status check_grid(const Segmentation& seg, const Geometry& geometry) {
  if (seg.rows != geometry.size[1] || seg.columns != geometry.size[2]) {
    return invalid(fmt::format("its matrix is {} x {}, the grid has {} x {}", seg.rows, seg.columns,
                               geometry.size[1], geometry.size[2]));
  }
  const auto far = [](const Vec3& cosines, double step, int count, const Vec3& grid_step) {
    const double n = count - 1;  // compare where the difference is largest: at the far edge
    const Vec3 a{cosines[0] * step * n, cosines[1] * step * n, cosines[2] * step * n};
    return distance(a, {grid_step[0] * n, grid_step[1] * n, grid_step[2] * n});
  };
  if (far(seg.row_cosines, seg.column_step_mm, seg.columns, geometry.step_mm(0)) >
          kPlacementToleranceMm ||
      far(seg.column_cosines, seg.row_step_mm, seg.rows, geometry.step_mm(1)) >
          kPlacementToleranceMm) {
    return invalid("its orientation or pixel spacing is not that of the grid");
  }
  return ok();
}

/// The slice of `geometry` whose first voxel is at `position`.
std::optional<int> slice_at(const Geometry& geometry, const Vec3& position) {
  const Vec3 origin = geometry.to_lps({0, 0, 0});
  const Vec3 step = geometry.step_mm(2);
  const double along = (position[0] - origin[0]) * step[0] + (position[1] - origin[1]) * step[1] +
                       (position[2] - origin[2]) * step[2];
  const double z = std::round(along / (step[0] * step[0] + step[1] * step[1] + step[2] * step[2]));
  if (z < 0 || z >= geometry.size[0]) return std::nullopt;
  if (distance(geometry.to_lps({0, 0, z}), position) > kPlacementToleranceMm) return std::nullopt;
  return static_cast<int>(z);
}

}  // namespace

Result<std::vector<int>> slices_of_frames(const Segmentation& seg, const Geometry& geometry) {
  if (auto same = check_grid(seg, geometry); !same) return std::move(same).error();
  std::vector<int> slices;
  for (const SegFrameInfo& frame : seg.frames) {
    const auto z = slice_at(geometry, frame.position);
    if (!z) return invalid(fmt::format("frame {} lies on no slice of the grid", slices.size() + 1));
    if (seg.kind == SegPixels::kBits && (frame.segment < 1 || frame.segment > 255)) {
      return invalid(fmt::format("frame {} is of no segment", slices.size() + 1));
    }
    slices.push_back(*z);
  }
  return slices;
}

Result<PlacedLabels> place_segments(const Segmentation& seg, const Geometry& geometry,
                                    std::span<const std::uint8_t> label_of) {
  auto slices = slices_of_frames(seg, geometry);
  if (!slices) return std::move(slices).error();
  PlacedLabels placed{
      .map = {.geometry = geometry, .label = std::vector<std::uint8_t>(geometry.voxel_count())}};
  std::vector<bool> counted(geometry.voxel_count());
  const auto wanted_for = [&](int segment) {
    const auto number = static_cast<std::size_t>(segment);
    return number != 0 && number < label_of.size() ? label_of[number] : std::uint8_t{0};
  };
  for (std::size_t f = 0; f < seg.frames.size(); ++f) {
    const bool one_segment = seg.kind == SegPixels::kBits;
    if (one_segment && wanted_for(seg.frames[f].segment) == 0) continue;
    for (int row = 0; row < seg.rows; ++row) {
      for (int column = 0; column < seg.columns; ++column) {
        const std::uint8_t wanted = wanted_for(seg.segment_at(f, row, column));
        if (wanted == 0) continue;
        const std::size_t at = geometry.index((*slices)[f], row, column);
        std::uint8_t& label = placed.map.label[at];
        if (label != 0 && !counted[at]) {
          counted[at] = true;
          ++placed.overlapping;
        }
        label = label == 0 ? wanted : std::min(label, wanted);
      }
    }
  }
  return placed;
}

Result<LabelMap> place_on(const Segmentation& seg, const Geometry& geometry) {
  std::vector<std::uint8_t> same(256);
  std::iota(same.begin(), same.end(), std::uint8_t{0});
  auto placed = place_segments(seg, geometry, same);
  if (!placed) return std::move(placed).error();
  if (placed->overlapping > 0) return invalid("two segments claim the same voxel");
  return std::move(placed->map);
}

}  // namespace hilum::dicomseg
