#pragma once

#include <cstdint>

#include "model/phantom/anatomy.h"
#include "model/phantom/supply.h"
#include "model/phantom/tree.h"

namespace hilum::phantom {

struct VascularTrees {
  Tree airway;  ///< radii are those of the lumen
  Tree artery;
  Tree vein;
  ScalarField artery_distance;  ///< mm to the nearest artery wider than 1.5 mm
  SupplyPoints supply;
};

/// Airways, arteries and veins of one patient; depends on the seed and the anatomy alone.
VascularTrees grow_vascular_trees(const Anatomy& anatomy, std::uint64_t seed);

struct BundleTrees {
  Tree airway;
  Tree artery;
};
/// Arteries and bronchi, which run side by side in one sheath: both follow one skeleton per
/// segment.
BundleTrees grow_bundles(const Anatomy& anatomy, const CentralTree& airways,
                         const SupplyPoints& supply, const std::vector<Segment>& segments,
                         Rng& rng);

/// Veins, which run between the bundles: they drain mostly tissue far from arteries, and their
/// nodes are then moved to the ridges of `artery_distance` (the intersegmental planes).
Tree grow_veins(const Anatomy& anatomy, const SupplyPoints& supply,
                const std::vector<Segment>& segments, const ScalarField& artery_distance, Rng& rng);

/// Smallest lung volume in mL that still gets a branch of its own (about .95 mm wide).
inline constexpr double kSmallestTerritoryMl = 0.42;
/// Spread of the quantile at which a territory is split; sets the branching ratio.
inline constexpr double kSplitSd = 0.18;

}  // namespace hilum::phantom
