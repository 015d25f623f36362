#include "dicomseg/view_painter.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace hilum::dicomseg {
namespace {

using Grey = std::vector<std::uint8_t>;

/// Mean over `width` (odd) values along a line of `count` values that lie `stride` apart.
void average_line(std::uint8_t* line, int count, std::ptrdiff_t stride, int width, Grey& copy) {
  for (int i = 0; i < count; ++i) copy[static_cast<std::size_t>(i)] = line[i * stride];
  const int half = width / 2;
  const auto at = [&](int i) {
    return int{copy[static_cast<std::size_t>(std::clamp(i, 0, count - 1))]};
  };
  int sum = width / 2;  // rounds the quotient
  for (int i = -half; i <= half; ++i) sum += at(i);
  for (int i = 0; i < count; ++i) {
    line[i * stride] = static_cast<std::uint8_t>(sum / width);
    sum += at(i + half + 1) - at(i - half);
  }
}

/// Nearest voxels averaged over the size of one voxel are the linear interpolation between voxels.
void interpolate(Grey& grey, const ViewGrid& grid, const Geometry& geometry) {
  // Not wider than the voxel itself: its middle keeps its value, so what is brightest stays so.
  const auto odd_width = [&](std::size_t axis) {
    const double px = voxel_extent_mm(geometry, axis) / grid.mm_per_px + 1e-6;
    return (static_cast<int>(std::clamp<double>(px, 1, grid.edge_px)) - 1) / 2 * 2 + 1;
  };
  const int edge = grid.edge_px;
  const int columns = odd_width(grid.view.right);
  const int rows = odd_width(grid.view.down);
  Grey copy(static_cast<std::size_t>(edge));
  for (int i = 0; i < edge && columns > 1; ++i) {
    average_line(grey.data() + static_cast<std::ptrdiff_t>(i) * edge, edge, 1, columns, copy);
  }
  for (int i = 0; i < edge && rows > 1; ++i) {
    average_line(grey.data() + i, edge, edge, rows, copy);
  }
}

void put(RgbImage& image, std::size_t pixel, const Rgb& rgb) {
  std::copy(rgb.begin(), rgb.end(), image.pixels.begin() + static_cast<std::ptrdiff_t>(pixel * 3));
}

}  // namespace

Rgb Palette::colour(std::uint8_t label) const {
  constexpr Rgb kUnknownLabel{255, 255, 0};
  return label <= segments.size() ? segments[label - 1U].rgb : kUnknownLabel;
}

std::uint8_t Palette::windowed(std::int16_t hu) const {
  const double share = (hu - window_center_hu) / window_width_hu + 0.5;
  return static_cast<std::uint8_t>(std::lround(std::clamp(share, 0.0, 1.0) * 255));
}

Rgb Palette::blended(std::uint8_t grey, std::uint8_t label, double brightness) const {
  if (label == 0) return {grey, grey, grey};
  Rgb rgb = colour(label);
  for (auto& channel : rgb) {
    channel = static_cast<std::uint8_t>(
        std::lround(opacity * brightness * channel + (1 - opacity) * grey));
  }
  return rgb;
}

RgbImage paint_plane(const Scene& scene, const ViewGrid& grid, double depth) {
  const int edge = grid.edge_px;
  RgbImage image = blank_image(edge, edge);
  Grey grey(image.pixels.size() / 3);
  std::vector<std::uint8_t> label(grey.size());
  std::size_t pixel = 0;
  for (int row = 0; row < edge; ++row) {
    for (int column = 0; column < edge; ++column, ++pixel) {
      const auto voxel = scene.locator.voxel(grid.point(column, row, depth));
      if (!voxel) continue;
      grey[pixel] = scene.palette.windowed(scene.volume.hu[*voxel]);
      label[pixel] = scene.labels.label[*voxel];
    }
  }
  interpolate(grey, grid, scene.volume.geometry);
  for (std::size_t i = 0; i < grey.size(); ++i) {
    put(image, i, scene.palette.blended(grey[i], label[i]));
  }
  return image;
}

double Shading::brightness(double depth_mm) const {
  constexpr double kFarthest = 0.45;
  if (nearest == farthest) return 1;
  const double share = std::clamp((depth_mm - nearest) / (farthest - nearest), 0.0, 1.0);
  return 1 - (1 - kFarthest) * share;
}

Shading shading_of(const View& view, const Box& shown) {
  const double low = shown.low[view.depth];
  const double high = shown.high[view.depth];
  return view.depth_sign > 0 ? Shading{low, high} : Shading{high, low};
}

RgbImage paint_labels(const Palette& palette, const ViewGrid& grid, const LabelSurface& surface,
                      const Shading& shading) {
  RgbImage image = blank_image(grid.edge_px, grid.edge_px);
  Palette opaque = palette;
  opaque.opacity = 1;
  for (std::size_t i = 0; i < surface.label.size(); ++i) {
    put(image, i,
        opaque.blended(0, surface.label[i], shading.brightness(double{surface.depth_mm[i]})));
  }
  return image;
}

RgbImage paint_projection(const Scene& scene, const ViewGrid& grid, const Slab& slab,
                          const LabelSurface& surface, const Shading& shading) {
  RgbImage image = blank_image(grid.edge_px, grid.edge_px);
  const std::vector<std::int16_t> hu = brightest(scene.volume, grid, slab);
  Grey grey(hu.size());
  std::transform(hu.begin(), hu.end(), grey.begin(),
                 [&](std::int16_t value) { return scene.palette.windowed(value); });
  interpolate(grey, grid, scene.volume.geometry);
  for (std::size_t i = 0; i < grey.size(); ++i) {
    put(image, i,
        scene.palette.blended(grey[i], surface.label[i],
                              shading.brightness(double{surface.depth_mm[i]})));
  }
  return image;
}

}  // namespace hilum::dicomseg
