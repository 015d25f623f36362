#include "dicomseg/preview.h"

#include <algorithm>
#include <cmath>

#include "dicomseg/bitmap_text.h"
#include "dicomseg/view_painter.h"

namespace hilum::dicomseg {
namespace {

/// The letter of the patient's direction in the middle of the left edge.
RgbImage marked(RgbImage tile, const View& view) {
  constexpr int kMargin = 4;
  constexpr TextStyle kStyle{.scale = 2};
  draw_text(tile, kMargin, (tile.height - kGlyphHeight * kStyle.scale) / 2,
            std::string_view(&view.mark_left, 1), kStyle);
  return tile;
}

RgbImage sheet_of(const std::vector<RgbImage>& tiles) {
  const int columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(tiles.size()))));
  const int rows = (static_cast<int>(tiles.size()) + columns - 1) / columns;
  const int edge = tiles.front().width;
  RgbImage sheet = blank_image(columns * edge, rows * edge);
  for (int i = 0; i < static_cast<int>(tiles.size()); ++i) {
    paste(sheet, tiles[static_cast<std::size_t>(i)], i % columns * edge, i / columns * edge);
  }
  return sheet;
}

bool sensible(const Volume& volume, const LabelMap& labels, const PreviewOptions& o) {
  return volume.geometry.size == labels.geometry.size && volume.geometry.voxel_count() > 0 &&
         volume.hu.size() == volume.geometry.voxel_count() &&
         labels.label.size() == volume.hu.size() && o.tile_px >= 64 && o.tile_px <= 1024 &&
         o.axial_tiles >= 1 && o.axial_tiles <= 30 && o.window_width_hu > 0 && o.opacity >= 0 &&
         o.opacity <= 1;
}

}  // namespace

Result<RgbImage> preview_sheet(const Volume& volume, const LabelMap& labels,
                               std::span<const SegmentSpec> segments,
                               const PreviewOptions& options) {
  const auto locator = VoxelLocator::of(volume.geometry);
  if (!sensible(volume, labels, options) || !locator) {
    return Error{ErrorCode::kInvalidInput, "preview: volume, labels or options do not fit"};
  }
  const Box box = box_of_volume(volume.geometry);
  const Box shown = box_of_labels(labels).value_or(box);
  const double mm_per_px =
      std::max({box.extent(0), box.extent(1), box.extent(2)}) / options.tile_px;
  const Scene scene{.volume = volume,
                    .labels = labels,
                    .locator = *locator,
                    .palette = {.segments = segments,
                                .window_center_hu = options.window_center_hu,
                                .window_width_hu = options.window_width_hu,
                                .opacity = options.opacity}};
  std::vector<RgbImage> tiles;
  const auto plane = [&](const View& view, double depth) {
    const ViewGrid grid(view, box, options.tile_px, mm_per_px);
    tiles.push_back(marked(paint_plane(scene, grid, depth), view));
  };
  for (int i = 0; i < options.axial_tiles; ++i) {  // from head to feet
    const double share = (i + 0.5) / options.axial_tiles;
    plane(kAxialView, shown.high[2] - share * shown.extent(2));
  }
  plane(kCoronalView, shown.centre(1));
  plane(kSagittalView, shown.centre(0));
  for (const View& view : {kCoronalView, kSagittalView, kAxialView}) {
    const ViewGrid grid(view, box, options.tile_px, mm_per_px);
    const LabelSurface surface = nearest_labels(labels, grid, LabelSet().set());
    tiles.push_back(
        marked(paint_labels(scene.palette, grid, surface, shading_of(view, box)), view));
  }
  return sheet_of(tiles);
}

}  // namespace hilum::dicomseg
