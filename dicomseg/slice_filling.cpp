#include "dicomseg/slice_filling.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace hilum::dicomseg {
namespace {

template <class Voxel>
std::span<Voxel> slice_at(const Geometry& geometry, std::span<Voxel> voxels, int z) {
  return voxels.subspan(geometry.index(z, 0, 0), geometry.index(1, 0, 0));
}

/// `fill(z, below, above)` for every slice between two shown ones.
template <class Fill>
void for_each_between(std::span<const int> shown, const Fill& fill) {
  for (std::size_t i = 1; i < shown.size(); ++i) {
    for (int z = shown[i - 1] + 1; z < shown[i]; ++z) fill(z, shown[i - 1], shown[i]);
  }
}

}  // namespace

void interpolate_between(Volume& volume, std::span<const int> shown) {
  const std::span<std::int16_t> hu(volume.hu);
  for_each_between(shown, [&](int z, int below, int above) {
    const auto to = slice_at(volume.geometry, hu, z);
    const auto a = slice_at(volume.geometry, hu, below);
    const auto b = slice_at(volume.geometry, hu, above);
    const float share = static_cast<float>(z - below) / static_cast<float>(above - below);
    for (std::size_t i = 0; i < to.size(); ++i) {
      const float from = a[i];
      to[i] = static_cast<std::int16_t>(std::lround(from + share * (b[i] - from)));
    }
  });
}

void repeat_nearest(LabelMap& labels, std::span<const int> shown) {
  const std::span<std::uint8_t> all(labels.label);
  for_each_between(shown, [&](int z, int below, int above) {
    const int nearest = z - below <= above - z ? below : above;
    std::ranges::copy(slice_at(labels.geometry, all, nearest),
                      slice_at(labels.geometry, all, z).begin());
  });
}

}  // namespace hilum::dicomseg
