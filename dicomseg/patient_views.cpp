#include "dicomseg/patient_views.h"

#include <cmath>

namespace hilum::dicomseg {

void Box::include(const Vec3& p) {
  for (std::size_t i = 0; i < 3; ++i) {
    low[i] = std::min(low[i], p[i]);
    high[i] = std::max(high[i], p[i]);
  }
}

Box box_of_volume(const Geometry& g) {
  const Vec3 first = g.to_lps({-0.5, -0.5, -0.5});
  Box box{first, first};
  for (const int corner : {1, 2, 3, 4, 5, 6, 7}) {
    box.include(g.to_lps({(corner & 1) != 0 ? g.size[2] - 0.5 : -0.5,
                          (corner & 2) != 0 ? g.size[1] - 0.5 : -0.5,
                          (corner & 4) != 0 ? g.size[0] - 0.5 : -0.5}));
  }
  return box;
}

std::optional<Box> box_of_labels(const LabelMap& labels) {
  std::optional<Box> box;
  for_each_label_run(labels, [&](const LabelRun& run) {
    for (const int x : {run.begin, run.end - 1}) {  // what lies between cannot reach farther
      const Vec3 p = labels.geometry.to_lps(
          {static_cast<double>(x), static_cast<double>(run.y), static_cast<double>(run.z)});
      if (!box) box = Box{p, p};
      box->include(p);
    }
  });
  return box;
}

Vec3 ViewGrid::point(int column, int row, double depth) const {
  Vec3 p{};
  p[view.right] = centre_right + (column + 0.5 - edge_px / 2.0) * mm_per_px;
  p[view.down] = centre_down + view.down_sign * (row + 0.5 - edge_px / 2.0) * mm_per_px;
  p[view.depth] = depth;
  return p;
}

double fitting_mm_per_px(const View& view, const Box& box, int edge_px) {
  return std::max(box.extent(view.right), box.extent(view.down)) / edge_px;
}

double voxel_extent_mm(const Geometry& geometry, std::size_t axis) {
  return std::abs(geometry.step_mm(0)[axis]) + std::abs(geometry.step_mm(1)[axis]) +
         std::abs(geometry.step_mm(2)[axis]);
}

}  // namespace hilum::dicomseg
