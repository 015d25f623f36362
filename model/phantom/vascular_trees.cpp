#include "model/phantom/vascular_trees.h"

#include <algorithm>

#include "model/phantom/rim_balance.h"

namespace hilum::phantom {
namespace {

ScalarField distance_to_arteries(const Tree& artery, const Lattice& lattice) {
  constexpr double kMinRadiusMm = 0.75;
  constexpr double kStepMm = 2;
  ScalarField field(lattice, kFar);
  for (const TreeNode& node : artery) {
    if (node.parent < 0 || node.radius_mm <= kMinRadiusMm) continue;
    const Vec from = artery[node.parent].position;
    const Vec along = node.position - from;
    const int steps = std::max(1, static_cast<int>(length(along) / kStepMm));
    for (int k = 0; k <= steps; ++k) {
      std::size_t index = 0;
      if (lattice.nearest(from + along * (static_cast<double>(k) / steps), index)) {
        field.values()[index] = 0;
      }
    }
  }
  to_distance(field);
  return field;
}

}  // namespace

VascularTrees grow_vascular_trees(const Anatomy& anatomy, std::uint64_t seed) {
  Rng rng(seed, "trees");
  const CentralTree airways = plant(airway_template(), anatomy.frame);
  const std::vector<Segment> segments = segment_table(anatomy.plan);
  SupplyPoints supply = sample_supply(anatomy, airways, segments, rng);
  BundleTrees bundles = grow_bundles(anatomy, airways, supply, segments, rng);
  ScalarField distance = distance_to_arteries(bundles.artery, anatomy.lung.lattice());
  Tree vein = grow_veins(anatomy, supply, segments, distance, rng);
  balance_rim(anatomy, bundles.artery, vein);
  return {std::move(bundles.airway), std::move(bundles.artery), std::move(vein),
          std::move(distance), std::move(supply)};
}

}  // namespace hilum::phantom
