#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "dicomseg/seg_reader.h"
#include "dicomseg/slice_filling.h"

/// From the frames of a segmentation to labels on the grid of a series.
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

/// The images of a series by their place along the stack.
class ImageFinder {
 public:
  explicit ImageFinder(const LoadedSeries& series)
      : series_(series), step_(series.volume.geometry.step_mm(2)) {
    for (const SourceFrame& frame : series.frames) along_.push_back(along(frame.position));
  }

  [[nodiscard]] std::optional<std::size_t> at(const Vec3& position, double tolerance_mm) const {
    const auto above = std::ranges::lower_bound(along_, along(position));
    std::optional<std::size_t> nearest;
    for (const auto image : {above, above - (above == along_.begin() ? 0 : 1)}) {
      if (image == along_.end()) continue;
      const auto i = static_cast<std::size_t>(image - along_.begin());
      if (!nearest || off(i, position) < off(*nearest, position)) nearest = i;
    }
    if (!nearest || off(*nearest, position) > tolerance_mm) return std::nullopt;
    return nearest;
  }

 private:
  [[nodiscard]] double along(const Vec3& position) const {
    return position[0] * step_[0] + position[1] * step_[1] + position[2] * step_[2];
  }
  [[nodiscard]] double off(std::size_t image, const Vec3& position) const {
    return distance(series_.frames[image].position, position);
  }

  const LoadedSeries& series_;
  const Vec3 step_;
  std::vector<double> along_;  ///< ascending, as the images do
};

double spacing_mm(const LoadedSeries& series) {
  return distance(series.volume.geometry.step_mm(2), {});
}

}  // namespace

Result<std::vector<std::size_t>> images_of_frames(const Segmentation& seg,
                                                  const LoadedSeries& series, double tolerance_mm) {
  if (auto same = check_grid(seg, series.volume.geometry); !same) return std::move(same).error();
  const ImageFinder finder(series);
  std::vector<std::size_t> images;
  for (const SegFrameInfo& frame : seg.frames) {
    const auto image = finder.at(frame.position, tolerance_mm);
    if (!image) return invalid(fmt::format("frame {} lies on no image", images.size() + 1));
    if (seg.kind == SegPixels::kBits && (frame.segment < 1 || frame.segment > 255)) {
      return invalid(fmt::format("frame {} is of no segment", images.size() + 1));
    }
    images.push_back(*image);
  }
  return images;
}

Result<PlacedLabels> place_segments(const Segmentation& seg, const LoadedSeries& series,
                                    std::span<const std::uint8_t> label_of) {
  const Geometry& geometry = series.volume.geometry;
  auto images = images_of_frames(
      seg, series,
      std::max(kPlacementToleranceMm, kForeignPlacementTolerance * spacing_mm(series)));
  if (!images) return std::move(images).error();
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
    const int slice = series.frames[(*images)[f]].slice;
    for (int row = 0; row < seg.rows; ++row) {
      for (int column = 0; column < seg.columns; ++column) {
        const std::uint8_t wanted = wanted_for(seg.segment_at(f, row, column));
        if (wanted == 0) continue;
        const std::size_t at = geometry.index(slice, row, column);
        std::uint8_t& label = placed.map.label[at];
        if (label != 0 && !counted[at]) {
          counted[at] = true;
          ++placed.overlapping;
        }
        label = label == 0 ? wanted : std::min(label, wanted);
      }
    }
  }
  std::vector<int> shown;
  for (const SourceFrame& frame : series.frames) shown.push_back(frame.slice);
  repeat_nearest(placed.map, shown);
  return placed;
}

Result<LabelMap> place_on(const Segmentation& seg, const LoadedSeries& series) {
  std::vector<std::uint8_t> same(256);
  std::iota(same.begin(), same.end(), std::uint8_t{0});
  auto placed = place_segments(seg, series, same);
  if (!placed) return std::move(placed).error();
  if (placed->overlapping > 0) return invalid("two segments claim the same voxel");
  return std::move(placed->map);
}

}  // namespace hilum::dicomseg
