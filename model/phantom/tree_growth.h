#pragma once

#include <span>
#include <vector>

#include "model/phantom/scalar_field.h"
#include "model/phantom/supply.h"
#include "model/phantom/tree.h"

namespace hilum::phantom {

struct GrowthRule {
  double smallest_ml;  ///< smallest territory that still gets a branch
  double split_sd;     ///< of the quantile at which a territory is split; sets the asymmetry
  double min_step;     ///< branch length as a fraction of the way to the territory's centre
  double max_step;
  double max_turn;  ///< largest angle to the parent, radians
};

/// Volume-filling recursion (Tawhai; Kitaoka): a branch grows towards the centre of its territory,
/// which is then split along its longest direction, until territories are small. O(N log N).
/// Keeps references to all its arguments.
class TreeGrower {
 public:
  /// `ml_scale` multiplies the volume of each point: thinned points stand for a whole territory.
  TreeGrower(const SupplyPoints& supply, const ScalarField& lung_depth, const GrowthRule& rule,
             double ml_scale, Rng& rng);

  /// Grows a tree over `points` (which are reordered) out of `node` along `direction`. New nodes
  /// take the side of `node` and carry the supply of their territory.
  void grow(Tree& tree, int node, const Vec& direction, std::span<int> points);

 private:
  struct Territory {
    Vec centre;
    double ml;
  };
  [[nodiscard]] Territory measure(std::span<const int> points) const;
  void grow(Tree& tree, int node, const Vec& direction, std::span<int> points, int depth);
  void grow_part(Tree& tree, int node, const Vec& direction, std::span<int> points, int depth);
  void finish(Tree& tree, int node, const Territory& territory);
  /// Reorders `points` so that the first part lies on one side of a plane; its size is returned.
  std::size_t split(std::span<int> points, const Vec& centre, const Vec& along);
  Vec longest_axis(std::span<const int> points, const Vec& centre, const Vec& along);
  Vec limited_turn(const Vec& from, const Vec& to);

  const SupplyPoints& supply_;
  const ScalarField& lung_depth_;
  const GrowthRule& rule_;
  double ml_scale_;
  Rng& rng_;
  std::vector<std::pair<double, int>> ranked_;
};

}  // namespace hilum::phantom
