#include <algorithm>
#include <cmath>
#include <numbers>

#include "model/phantom/calibre.h"
#include "model/phantom/tree_growth.h"
#include "model/phantom/vascular_trees.h"

namespace hilum::phantom {
namespace {

constexpr double kSheathGapMm = 0.3;
constexpr double kSmallestLumenMm = 0.6;  // radius at which the airway ends
constexpr double kWidestGrownLumenMm = 3.2;
constexpr GrowthRule kRule{kSmallestTerritoryMl, kSplitSd, 0.33, 0.48, 62 * std::numbers::pi / 180};

/// The common course of artery and bronchus in one segment; `normal[i]` points from the bronchus to
/// the artery at node i.
struct Skeleton {
  Tree tree;
  std::vector<Vec> normal;
};

class BundleBuilder {
 public:
  BundleBuilder(const Anatomy& anatomy, const CentralTree& airways, const SupplyPoints& supply,
                Rng& rng)
      : anatomy_(anatomy),
        supply_(supply),
        rng_(rng),
        airway_(airways),
        artery_(plant(artery_template(), anatomy.frame)),
        airway_ml_(airways.tree.size(), 0),
        left_law_(law(Side::kLeft)),
        right_law_(law(Side::kRight)) {}

  void add_segment(const Segment& segment, std::vector<int> points) {
    const int airway_start = airway_.end_of.at(segment.airway);
    const int artery_start = artery_.end_of.at(segment.artery);
    const double ml = supply_.total_ml(points);
    for (int i = airway_start; i >= 0; i = airway_.tree[i].parent) airway_ml_[i] += ml;
    Skeleton skeleton = grow_skeleton(segment, points);
    orient(skeleton, artery_.tree[artery_start].position);
    append(skeleton, airway_start, artery_start);
  }

  BundleTrees finish() {
    accumulate_supply(artery_.tree);
    for (TreeNode& node : artery_.tree) {
      node.radius_mm = law_of(node.side).radius_mm(node.supply_ml);
      if (node.central) node.radius_mm *= rng_.normal(1, 0.03);
    }
    set_central_airway_radii();
    return {std::move(airway_.tree), std::move(artery_.tree)};
  }

 private:
  [[nodiscard]] CalibreLaw law(Side side) const {
    const BodyPlan& plan = anatomy_.plan;
    return calibre_law(supply_.lung_ml(side),
                       side == Side::kLeft ? plan.left_pa_radius : plan.right_pa_radius,
                       plan.segmental_artery, plan.small_artery);
  }
  [[nodiscard]] const CalibreLaw& law_of(Side side) const {
    return side == Side::kLeft ? left_law_ : right_law_;
  }

  Skeleton grow_skeleton(const Segment& segment, std::vector<int>& points) {
    const Side side = side_of(segment.lobe);
    const Vec start = airway_.tree[airway_.end_of.at(segment.airway)].position;
    const Vec centre = supply_.centroid(points);
    const Vec target = anatomy_.frame.to_patient(segment.target);
    const Vec heading = unit(unit(centre - start) + unit(target - start) * 0.7);
    const double first = length(centre - start) * rng_.uniform(0.28, 0.42);
    Skeleton skeleton;
    const int root = add_node(skeleton.tree, {.position = start, .side = side});
    const int stem = add_node(skeleton.tree,
                              {.position = start + heading * first, .parent = root, .side = side});
    TreeGrower(supply_, anatomy_.lung_depth, kRule, 1.0, rng_)
        .grow(skeleton.tree, stem, heading, points);
    accumulate_supply(skeleton.tree);
    return skeleton;
  }

  /// Segmental arteries lie peripheral to their bronchus, at least in the lower lobes (AJR
  /// 1986;147:457); from there on the normal is carried along and turned at random.
  void orient(Skeleton& skeleton, const Vec& artery_start) {
    constexpr double kTurnSd = 0.35;  // radians per branch
    const Tree& tree = skeleton.tree;
    const bool left = tree.front().side == Side::kLeft;
    const Vec hilum = anatomy_.frame.to_patient(left ? Vec{44, 12, -30} : Vec{-38, 6, -34});
    skeleton.normal.resize(tree.size());
    for (std::size_t i = 1; i < tree.size(); ++i) {
      const Vec along = unit(tree[i].position - tree[tree[i].parent].position);
      Vec normal = skeleton.normal[tree[i].parent];
      if (i == 1) {
        const Vec outward = unit(tree[i].position - hilum);
        normal = (artery_start - tree[0].position) * 0.6 + outward * 4.0;
        if (std::abs(dot(unit(normal), along)) > 0.97) normal = {left ? 1.0 : -1.0, 0.2, 0};
      }
      normal = perpendicular_to(along, normal);
      if (length(normal) < 1e-3) normal = cross(along, rng_.direction());
      skeleton.normal[i] = rotated(unit(normal), along, rng_.normal(0, kTurnSd));
    }
  }

  void append(const Skeleton& skeleton, int airway_start, int artery_start) {
    const Tree& tree = skeleton.tree;
    const double ratio = anatomy_.plan.bronchus_ratio;
    std::vector<int> airway(tree.size(), -1);
    std::vector<int> artery(tree.size(), -1);
    airway[0] = airway_start;
    artery[0] = artery_start;
    for (std::size_t i = 1; i < tree.size(); ++i) {
      TreeNode node = tree[i];
      const double vessel = law_of(node.side).radius_mm(node.supply_ml);
      const double lumen = vessel * ratio;
      const double outer = lumen + bronchus_wall_mm(lumen, anatomy_.plan.bronchus_wall);
      const bool has_airway = lumen > kSmallestLumenMm;
      // Where the airway is too small to be drawn the artery slides back towards the axis.
      const double shift = has_airway ? 0.5 * (vessel + outer + kSheathGapMm)
                                      : 0.25 * (vessel + 0.4 * outer + kSheathGapMm);
      const Vec offset = skeleton.normal[i] * shift;
      node.position = tree[i].position + offset;
      node.parent = artery[tree[i].parent];
      artery[i] = add_node(artery_.tree, node);
      if (!has_airway || airway[tree[i].parent] < 0) continue;
      node.position = tree[i].position - offset;
      node.parent = airway[tree[i].parent];
      node.radius_mm = std::min(lumen, kWidestGrownLumenMm);
      airway[i] = add_node(airway_.tree, node);
    }
  }

  /// Central airways by the share of the lungs they ventilate (exponent 2.75, between area and
  /// volume conservation); the trachea as sampled.
  void set_central_airway_radii() {
    const double trachea = anatomy_.plan.trachea_radius;
    const double all_ml = supply_.lung_ml(Side::kLeft) + supply_.lung_ml(Side::kRight);
    for (std::size_t i = 0; i < airway_ml_.size(); ++i) {
      const double share = std::max(0.01, airway_ml_[i] / all_ml);
      TreeNode& node = airway_.tree[i];
      node.radius_mm =
          node.side == Side::kNone ? trachea : std::max(2.0, trachea * std::pow(share, 1 / 2.75));
    }
  }

  const Anatomy& anatomy_;
  const SupplyPoints& supply_;
  Rng& rng_;
  CentralTree airway_;
  CentralTree artery_;
  std::vector<double> airway_ml_;  ///< ventilated volume of each central airway node
  CalibreLaw left_law_;
  CalibreLaw right_law_;
};

}  // namespace

BundleTrees grow_bundles(const Anatomy& anatomy, const CentralTree& airways,
                         const SupplyPoints& supply, const std::vector<Segment>& segments,
                         Rng& rng) {
  constexpr std::size_t kFewestPoints = 10;
  std::vector<std::vector<int>> points(segments.size());
  for (std::size_t i = 0; i < supply.count(); ++i) {
    points[supply.segment[i]].push_back(static_cast<int>(i));
  }
  BundleBuilder builder(anatomy, airways, supply, rng);
  for (std::size_t s = 0; s < segments.size(); ++s) {
    if (points[s].size() >= kFewestPoints) builder.add_segment(segments[s], std::move(points[s]));
  }
  return builder.finish();
}

}  // namespace hilum::phantom
