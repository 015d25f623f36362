#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dicomseg/nonzero.h"
#include "pipeline/domain/volume.h"

/// Private to dicomseg/: views of the patient, whatever the planes of the acquisition. Radiological
/// convention: the patient's left is on the right of axial and coronal views, which are seen from
/// the feet and from the front; sagittal ones are seen from the patient's left. Millimetres, LPS.
namespace hilum::dicomseg {

struct Box {
  Vec3 low{};
  Vec3 high{};
  void include(const Vec3& p);
  [[nodiscard]] double extent(std::size_t axis) const { return high[axis] - low[axis]; }
  [[nodiscard]] double centre(std::size_t axis) const { return (low[axis] + high[axis]) / 2; }
};

/// Around all voxels, from edge to edge: a single slice has an extent too.
Box box_of_volume(const Geometry& geometry);
/// Around the centres of all labelled voxels; nothing without any.
std::optional<Box> box_of_labels(const LabelMap& labels);

/// Which patient axis runs to the right, which downwards and which away from us, and how.
struct View {
  std::size_t right;
  std::size_t down;
  double down_sign;  ///< +1: the axis grows downwards, -1: upwards
  std::size_t depth;
  double depth_sign;  ///< +1: the axis grows away from us, -1: towards us
  /// Letters of the patient's directions at the edges (PS3.3 C.7.6.1.1.1).
  char mark_left;
  char mark_right;
  char mark_top;
  char mark_bottom;
};
inline constexpr View kAxialView{0, 1, 1, 2, 1, 'R', 'L', 'A', 'P'};
inline constexpr View kCoronalView{0, 2, -1, 1, 1, 'R', 'L', 'H', 'F'};
inline constexpr View kSagittalView{1, 2, -1, 0, -1, 'A', 'P', 'H', 'F'};

/// The square pixels of a view. Pixel (column, row) covers [column, column + 1) x [row, row + 1).
struct ViewGrid {
  /// The middle of the picture is the middle of `box`.
  ViewGrid(const View& from, const Box& box, int edge, double scale_mm_per_px)
      : view(from),
        edge_px(edge),
        mm_per_px(scale_mm_per_px),
        centre_right(box.centre(from.right)),
        centre_down(box.centre(from.down)) {}

  /// The middle of a pixel, `depth` mm along the depth axis.
  [[nodiscard]] Vec3 point(int column, int row, double depth) const;
  /// Where a point lies in the picture, in pixels.
  [[nodiscard]] double column_of(const Vec3& p) const {
    return (p[view.right] - centre_right) / mm_per_px + edge_px / 2.0;
  }
  [[nodiscard]] double row_of(const Vec3& p) const {
    return view.down_sign * (p[view.down] - centre_down) / mm_per_px + edge_px / 2.0;
  }

  View view;
  int edge_px;
  double mm_per_px;
  double centre_right;
  double centre_down;
};

/// The scale at which a view of `box` just fits into `edge_px` pixels.
double fitting_mm_per_px(const View& view, const Box& box, int edge_px);

/// How far a voxel reaches along a patient axis, mm.
double voxel_extent_mm(const Geometry& geometry, std::size_t axis);

/// Voxels [begin, end) of row (z, y) have the label `label`, which is not 0.
struct LabelRun {
  int z = 0;
  int y = 0;
  int begin = 0;
  int end = 0;
  std::uint8_t label = 0;
};

/// Calls `visit(const LabelRun&)` for every run, in the order of the voxels.
template <class Visit>
void for_each_label_run(const LabelMap& labels, const Visit& visit) {
  const auto& size = labels.geometry.size;
  for (int z = 0; z < size[0]; ++z) {
    for (int y = 0; y < size[1]; ++y) {
      const std::uint8_t* row = labels.label.data() + labels.geometry.index(z, y, 0);
      const std::uint8_t* const end = row + size[2];
      for (const std::uint8_t* at = row; at != end;) {
        if (*at == 0) {
          at = past_zeros(at, end);
          continue;
        }
        const std::uint8_t label = *at;
        const std::uint8_t* stop =
            std::find_if(at, end, [label](std::uint8_t other) { return other != label; });
        visit(LabelRun{z, y, static_cast<int>(at - row), static_cast<int>(stop - row), label});
        at = stop;
      }
    }
  }
}

}  // namespace hilum::dicomseg
