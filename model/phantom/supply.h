#pragma once

#include <vector>

#include "model/phantom/anatomy.h"
#include "model/phantom/tree.h"

namespace hilum::phantom {

/// Points that stand for the lung tissue to be supplied, as parallel arrays.
struct SupplyPoints {
  std::vector<Vec> position;
  std::vector<double> ml;  ///< lung volume of the point, weighted for gravity and depth
  std::vector<Lobe> lobe;
  std::vector<int> segment;  ///< index into `segment_table`

  [[nodiscard]] std::size_t count() const { return position.size(); }
  /// Supplied volume of one lung.
  [[nodiscard]] double lung_ml(Side side) const;
  [[nodiscard]] double total_ml(const std::vector<int>& points) const;
  [[nodiscard]] Vec centroid(const std::vector<int>& points) const;
};

/// About 80-100 thousand points, practically random (a regular lattice would show as rows of dots
/// along the pleura), each in a lobe and in a segment of that lobe.
SupplyPoints sample_supply(const Anatomy& anatomy, const CentralTree& airways,
                           const std::vector<Segment>& segments, Rng& rng);

}  // namespace hilum::phantom
