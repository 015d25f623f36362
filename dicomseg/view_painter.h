#pragma once

#include <cstdint>
#include <span>

#include "dicomseg/patient_views.h"
#include "dicomseg/rgb_canvas.h"
#include "dicomseg/view_projection.h"
#include "dicomseg/voxel_locator.h"
#include "pipeline/domain/segment_spec.h"

/// Private to dicomseg/: CT in grey with labels in colour.
namespace hilum::dicomseg {

/// From values to colours.
struct Palette {
  std::span<const SegmentSpec> segments;
  double window_center_hu;
  double window_width_hu;
  double opacity;  ///< of the labels' colours over the CT, 0 to 1

  /// The segment's colour; yellow for a label that no segment describes.
  [[nodiscard]] Rgb colour(std::uint8_t label) const;
  /// PS3.3 C.11.2.1.2.1; kNoVoxel is black.
  [[nodiscard]] std::uint8_t windowed(std::int16_t hu) const;
  /// `brightness` 0 to 1 darkens the colour, not the grey under it.
  [[nodiscard]] Rgb blended(std::uint8_t grey, std::uint8_t label, double brightness = 1) const;
};

/// What is drawn. Refers to its parts, which must live as long.
struct Scene {
  const Volume& volume;
  const LabelMap& labels;
  const VoxelLocator& locator;
  Palette palette;
};

/// The plane at `depth` mm. The CT is interpolated where its voxels are larger than pixels, labels
/// never are. Black outside of the volume.
RgbImage paint_plane(const Scene& scene, const ViewGrid& grid, double depth);

/// How labels are shaded by depth: full colour at `nearest` mm, darker towards `farthest`.
struct Shading {
  double nearest = 0;
  double farthest = 0;
  [[nodiscard]] double brightness(double depth_mm) const;
};
Shading shading_of(const View& view, const Box& shown);

/// Labels on black, nearer ones brighter.
RgbImage paint_labels(const Palette& palette, const ViewGrid& grid, const LabelSurface& surface,
                      const Shading& shading);

/// Maximum intensity projection of the CT in `slab`, and all labels of `surface` over it.
RgbImage paint_projection(const Scene& scene, const ViewGrid& grid, const Slab& slab,
                          const LabelSurface& surface, const Shading& shading);

}  // namespace hilum::dicomseg
