#include <algorithm>
#include <cmath>
#include <numbers>

#include "model/phantom/calibre.h"
#include "model/phantom/tree_growth.h"
#include "model/phantom/vascular_trees.h"

namespace hilum::phantom {
namespace {

constexpr GrowthRule kRule{1.1 * kSmallestTerritoryMl, 1.2 * kSplitSd, 0.30, 0.48,
                           66 * std::numbers::pi / 180};

bool drains(const Drainage& drainage, Lobe lobe, bool lingula) {
  using enum Drainage::Part;
  if (lobe != drainage.lobe) return false;
  return drainage.part == kWholeLobe || (drainage.part == kLingula) == lingula;
}

/// Points of one territory and those of them that drain into veins of their own: the further from
/// arteries, the more likely.
struct Demand {
  std::vector<int> territory;
  std::vector<int> points;
};

Demand sample_demand(const Drainage& drainage, const SupplyPoints& supply,
                     const std::vector<Segment>& segments, const ScalarField& artery_distance,
                     Rng& rng) {
  Demand demand;
  for (std::size_t i = 0; i < supply.count(); ++i) {
    if (!drains(drainage, supply.lobe[i], segments[supply.segment[i]].lingula)) continue;
    demand.territory.push_back(static_cast<int>(i));
    const double distance = artery_distance.at(supply.position[i]);
    if (rng.chance(std::min(1.0, 0.12 + std::pow(distance / 7.5, 1.5)))) {
      demand.points.push_back(static_cast<int>(i));
    }
  }
  return demand;
}

/// Where the axis of an artery comes closest to the branch from `a` to `b`.
struct Approach {
  Vec point;
  double distance_mm;
};

Approach closest_approach(const Vec& a, const Vec& b, const ScalarField& artery_distance) {
  constexpr int kSamples = 8;  // the ends themselves are moved anyway
  Approach closest{a, kFar};
  for (int k = 1; k < kSamples; ++k) {
    const Vec p = a + (b - a) * (static_cast<double>(k) / kSamples);
    const double distance = artery_distance.at(p);
    if (distance < closest.distance_mm) closest = {p, distance};
  }
  return closest;
}

/// Gives branches that would cut an artery a further node there, which can be moved aside.
Tree with_joints_at_arteries(const Tree& vein, const ScalarField& artery_distance) {
  constexpr double kShortestMm = 4;
  constexpr double kClearanceMm = 2.5;
  Tree jointed;
  std::vector<int> place(vein.size());
  for (std::size_t i = 0; i < vein.size(); ++i) {
    TreeNode node = vein[i];
    if (node.parent >= 0) {
      const Vec from = vein[node.parent].position;
      node.parent = place[node.parent];
      const Approach artery = closest_approach(from, node.position, artery_distance);
      if (length(node.position - from) > kShortestMm &&
          artery.distance_mm < node.radius_mm + kClearanceMm) {
        TreeNode joint = node;
        joint.position = artery.point;
        joint.central = false;
        joint.joint = true;
        node.parent = add_node(jointed, joint);
      }
    }
    place[i] = add_node(jointed, node);
  }
  return jointed;
}

/// How far from arteries a node should lie: branchings on the ridges of the distance, joints just
/// clear of the artery, or they would make kinks.
double wanted_distance_mm(const TreeNode& node) {
  return node.joint ? node.radius_mm + 3.5 : std::min(12.0, 3.5 + 3.2 * node.radius_mm);
}

/// Moves thin veins away from arteries, wide ones further.
void move_between_bundles(const Anatomy& anatomy, const ScalarField& artery_distance, Tree& vein) {
  constexpr int kSweeps = 5;
  constexpr double kLongestMoveMm = 1.5;
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (TreeNode& node : vein) {
      if (node.central) continue;
      const double distance = artery_distance.at(node.position);
      const double wanted = wanted_distance_mm(node);
      if (distance >= wanted || anatomy.lung_depth.at(node.position) <= 3) continue;
      const Vec gradient = artery_distance.gradient(node.position);
      if (length(gradient) < 0.05) continue;
      const double move = std::min(kLongestMoveMm, 0.5 * (wanted - distance));
      const Vec moved = node.position + unit(gradient) * move;
      if (anatomy.lung_depth.at(moved) > 2) node.position = moved;
    }
  }
}

}  // namespace

Tree grow_veins(const Anatomy& anatomy, const SupplyPoints& supply,
                const std::vector<Segment>& segments, const ScalarField& artery_distance,
                Rng& rng) {
  constexpr std::size_t kFewestPoints = 10;
  CentralTree vein = plant(vein_template(anatomy.plan), anatomy.frame);
  Tree& tree = vein.tree;
  for (const Drainage& drainage : drainage_table()) {
    Demand demand = sample_demand(drainage, supply, segments, artery_distance, rng);
    if (demand.points.size() < kFewestPoints) continue;
    const double ml_scale = supply.total_ml(demand.territory) / supply.total_ml(demand.points);
    const int start = vein.end_of.at(drainage.vein);
    const Vec from = tree[start].position;
    const Vec arrival = unit(from - tree[tree[start].parent].position);
    const Vec heading = unit(arrival * 0.6 + unit(supply.centroid(demand.points) - from));
    TreeGrower(supply, anatomy.lung_depth, kRule, ml_scale, rng)
        .grow(tree, start, heading, demand.points);
  }
  accumulate_supply(tree);
  const double lung_ml = 0.5 * (supply.lung_ml(Side::kLeft) + supply.lung_ml(Side::kRight));
  const CalibreLaw law = calibre_law(lung_ml, anatomy.plan.vein_radius, anatomy.plan.segmental_vein,
                                     anatomy.plan.small_vein);
  for (TreeNode& node : tree) node.radius_mm = law.radius_mm(node.supply_ml);
  Tree jointed = with_joints_at_arteries(tree, artery_distance);
  move_between_bundles(anatomy, artery_distance, jointed);
  return jointed;
}

}  // namespace hilum::phantom
