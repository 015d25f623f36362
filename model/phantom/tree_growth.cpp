#include "model/phantom/tree_growth.h"

#include <algorithm>
#include <cmath>

namespace hilum::phantom {
namespace {

constexpr int kMaxDepth = 40;
constexpr std::size_t kFewestPoints = 3;
constexpr double kMinStepMm = 1.6;
constexpr double kPleuraMm = 2.0;  // vessels end this far below the pleura

}  // namespace

TreeGrower::TreeGrower(const SupplyPoints& supply, const ScalarField& lung_depth,
                       const GrowthRule& rule, double ml_scale, Rng& rng)
    : supply_(supply), lung_depth_(lung_depth), rule_(rule), ml_scale_(ml_scale), rng_(rng) {}

void TreeGrower::grow(Tree& tree, int node, const Vec& direction, std::span<int> points) {
  grow(tree, node, direction, points, 0);
}

TreeGrower::Territory TreeGrower::measure(std::span<const int> points) const {
  Vec sum;
  double ml = 0;
  for (const int i : points) {
    sum = sum + supply_.position[i] * supply_.ml[i];
    ml += supply_.ml[i];
  }
  return {sum * (1 / ml), ml * ml_scale_};
}

void TreeGrower::grow(Tree& tree, int node, const Vec& direction, std::span<int> points,
                      int depth) {
  if (points.empty()) return;
  const Territory territory = measure(points);
  // The first split always happens; later ones stop at a random size, or twigs would end in rows.
  const double smallest = rule_.smallest_ml * (depth > 0 ? rng_.uniform(0.6, 1.7) : 1.0);
  if (territory.ml < smallest || points.size() < kFewestPoints || depth > kMaxDepth) {
    finish(tree, node, territory);
    return;
  }
  const Vec towards = territory.centre - tree[node].position;
  const Vec along = unit((length(towards) > 1 ? unit(towards) : direction) + direction * 0.3);
  const std::size_t first = split(points, territory.centre, along);
  grow_part(tree, node, direction, points.first(first), depth);
  grow_part(tree, node, direction, points.subspan(first), depth);
}

/// A last branch through the centre of the territory; without it the rim of the lung stays dark.
void TreeGrower::finish(Tree& tree, int node, const Territory& territory) {
  constexpr double kShortestMm = 2.0;
  constexpr double kPleuraForTipsMm = 1.5;
  const TreeNode from = tree[node];
  const Vec towards = territory.centre - from.position;
  const Vec tip = from.position + towards * rng_.uniform(0.8, 1.4);
  if (length(towards) <= kShortestMm || lung_depth_.at(tip) <= kPleuraForTipsMm) return;
  add_node(tree, {.position = tip, .parent = node, .side = from.side, .supply_ml = territory.ml});
}

std::size_t TreeGrower::split(std::span<int> points, const Vec& centre, const Vec& along) {
  Vec axis = longest_axis(points, centre, along);
  axis = rotated(axis, along, rng_.normal(0, 0.25));
  const double quantile = std::clamp(rng_.normal(0.5, rule_.split_sd, 2.5), 0.14, 0.86);
  const auto wanted = static_cast<std::size_t>(quantile * static_cast<double>(points.size()));
  const std::size_t first = std::clamp<std::size_t>(wanted, 1, points.size() - 1);
  ranked_.clear();
  for (const int i : points) ranked_.emplace_back(dot(supply_.position[i], axis), i);
  std::nth_element(ranked_.begin(), ranked_.begin() + static_cast<std::ptrdiff_t>(first),
                   ranked_.end());
  for (std::size_t i = 0; i < points.size(); ++i) points[i] = ranked_[i].second;
  return first;
}

/// Principal axis of the points in the plane perpendicular to `along`, by power iteration.
Vec TreeGrower::longest_axis(std::span<const int> points, const Vec& centre, const Vec& along) {
  double xx = 0, xy = 0, xz = 0, yy = 0, yz = 0, zz = 0;
  for (const int i : points) {
    const Vec d = supply_.position[i] - centre;
    xx += d.x * d.x;
    xy += d.x * d.y;
    xz += d.x * d.z;
    yy += d.y * d.y;
    yz += d.y * d.z;
    zz += d.z * d.z;
  }
  Vec axis = unit(perpendicular_to(along, rng_.direction()));
  for (int k = 0; k < 8; ++k) {
    const Vec moved{xx * axis.x + xy * axis.y + xz * axis.z,
                    xy * axis.x + yy * axis.y + yz * axis.z,
                    xz * axis.x + yz * axis.y + zz * axis.z};
    const Vec flat = perpendicular_to(along, moved);
    if (length(flat) < 1e-9) break;
    axis = unit(flat);
  }
  return axis;
}

/// `to`, turned back so far that the angle to `from` stays in the limit.
Vec TreeGrower::limited_turn(const Vec& from, const Vec& to) {
  const double limit = rule_.max_turn * rng_.uniform(0.85, 1.15);
  if (dot(from, to) >= std::cos(limit)) return to;
  Vec axis = cross(from, to);
  if (length(axis) < 1e-6) axis = cross(from, rng_.direction());
  return rotated(from, unit(axis), limit);
}

void TreeGrower::grow_part(Tree& tree, int node, const Vec& direction, std::span<int> points,
                           int depth) {
  constexpr double kSmallTerritoryMl = 4;  // here branches reach further
  const Vec start = tree[node].position;
  const Territory part = measure(points);
  const Vec towards = part.centre - start;
  const double distance = length(towards);
  if (distance < 1.0) {
    grow(tree, node, direction, points, depth + 1);
    return;
  }
  const Vec heading = limited_turn(direction, unit(towards));
  const double reach =
      rng_.uniform(rule_.min_step, rule_.max_step) + (part.ml < kSmallTerritoryMl ? 0.10 : 0.0);
  double step = std::max(kMinStepMm, distance * reach);
  Vec end = start + heading * step;
  for (int k = 0; k < 6 && lung_depth_.at(end) < kPleuraMm; ++k) {
    step *= 0.7;
    end = start + heading * step;
  }
  if (lung_depth_.at(end) < 1.0 && lung_depth_.at(start) >= 1.0) {
    end = start + unit(towards) * std::min(0.5 * distance, step);  // straight on stays inside
  }
  const int child = add_node(
      tree, {.position = end, .parent = node, .side = tree[node].side, .supply_ml = part.ml});
  grow(tree, child, unit(unit(end - start) + heading * 0.5), points, depth + 1);
}

}  // namespace hilum::phantom
