#pragma once

#include <bitset>
#include <cstdint>
#include <vector>

#include "dicomseg/patient_views.h"

/// Private to dicomseg/: what is seen when looking through a volume along a view. Every voxel is
/// drawn, with the size that it has in the picture, so nothing falls between two rays; voxels are
/// walked in the order in which they lie in memory, which is what makes it fast.
namespace hilum::dicomseg {

/// Part of a patient axis, mm.
struct Slab {
  double low = 0;
  double high = 0;
};

/// Maximum intensity projection (HU) of the voxels whose centres lie in `slab` of the view's depth
/// axis, row by row. kNoVoxel where there is none.
inline constexpr std::int16_t kNoVoxel = INT16_MIN;
std::vector<std::int16_t> brightest(const Volume& volume, const ViewGrid& grid, const Slab& slab);

using LabelSet = std::bitset<256>;

/// The labelled voxel nearest to us in each pixel.
struct LabelSurface {
  std::vector<std::uint8_t> label;  ///< 0: none
  std::vector<float> depth_mm;      ///< along the view's depth axis; undefined where there is none
};
LabelSurface nearest_labels(const LabelMap& labels, const ViewGrid& grid, const LabelSet& shown);

/// Where along `axis` (mm) half of the voxels of `shown` lie below; nothing without any.
std::optional<double> median_position(const LabelMap& labels, std::size_t axis,
                                      const LabelSet& shown);

}  // namespace hilum::dicomseg
