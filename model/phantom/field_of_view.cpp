#include "model/phantom/field_of_view.h"

#include <algorithm>
#include <cmath>

#include "model/phantom/phantom.h"

namespace hilum::phantom {
namespace {

/// Slice `out` becomes what slice `from[out]` was; `from` ascends.
template <class T>
void take_slices(const std::vector<std::size_t>& from, std::size_t area, std::vector<T>& voxels) {
  for (std::size_t out = 0; out < from.size(); ++out) {
    std::copy_n(voxels.begin() + static_cast<std::ptrdiff_t>(from[out] * area), area,
                voxels.begin() + static_cast<std::ptrdiff_t>(out * area));
  }
  voxels.resize(from.size() * area);
}

}  // namespace

void cut_circle(const FieldOfView& view, Phantom& phantom) {
  if (!view.circle_mm) return;
  const Geometry& g = phantom.ct.geometry;
  const double step = g.step_mm(0)[0];
  const double radius = 0.5 * *view.circle_mm / step;
  const double cx = 0.5 * (g.size[2] - 1);
  const double cy = 0.5 * (g.size[1] - 1);
  for (int y = 0; y < g.size[1]; ++y) {
    for (int x = 0; x < g.size[2]; ++x) {
      if (std::hypot(x - cx, y - cy) <= radius) continue;
      for (int z = 0; z < g.size[0]; ++z) {
        const std::size_t i = g.index(z, y, x);
        phantom.ct.hu[i] = static_cast<std::int16_t>(view.padding_hu);
        phantom.truth.label[i] = 0;
        phantom.structures.label[i] = 0;
        phantom.lung[i] = 0;
      }
    }
  }
}

void keep_slices(double slice_spacing_mm, int slices, Phantom& phantom) {
  Geometry& g = phantom.ct.geometry;
  const double step = g.step_mm(0)[0];
  std::vector<std::size_t> from;
  for (int z = 0; z < slices; ++z) {
    const auto nearest = static_cast<int>(std::lround(z * slice_spacing_mm / step));
    from.push_back(static_cast<std::size_t>(std::min(nearest, g.size[0] - 1)));
  }
  const auto area = static_cast<std::size_t>(g.size[1]) * static_cast<std::size_t>(g.size[2]);
  take_slices(from, area, phantom.ct.hu);
  take_slices(from, area, phantom.truth.label);
  take_slices(from, area, phantom.structures.label);
  take_slices(from, area, phantom.lung);
  g.size[0] = slices;
  g.voxel_to_lps[10] = slice_spacing_mm;
  phantom.truth.geometry = g;
  phantom.structures.geometry = g;
}

}  // namespace hilum::phantom
