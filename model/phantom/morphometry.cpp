#include "model/phantom/morphometry.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hilum::phantom {
namespace {

constexpr double kVisibleMm = 1.1;

void add_volumes(const std::vector<Piece>& pieces, const ScalarField& lung, TreeMorphometry& out) {
  for (const Piece& piece : pieces) {
    const Cone& c = piece.shape;
    if (lung.at((c.a + c.b) * 0.5) >= 0) continue;
    const double squares =
        c.radius_a * c.radius_a + c.radius_a * c.radius_b + c.radius_b * c.radius_b;
    const double ml = std::numbers::pi * length(c.b - c.a) * squares / 3e3;
    out.lung_ml += ml;
    if (2 * piece.branch_radius_mm >= kVisibleMm) out.lung_visible_ml += ml;
  }
}

std::vector<bool> counted_branches(const Tree& tree) {
  std::vector<bool> counts;
  for (const TreeNode& n : tree) {
    counts.push_back(n.parent >= 0 && 2 * n.radius_mm >= kThinnestCountedMm);
  }
  return counts;
}

/// Leaves have order 1; where two branches of the same highest order meet, the order rises.
std::vector<int> strahler_numbers(const Tree& tree, const std::vector<bool>& counts) {
  std::vector<int> highest(tree.size(), 0);
  std::vector<int> times(tree.size(), 0);
  std::vector<int> order(tree.size(), 1);
  for (std::size_t i = tree.size(); i-- > 0;) {
    if (highest[i] > 0) order[i] = highest[i] + (times[i] > 1 ? 1 : 0);
    if (!counts[i]) continue;
    const int parent = tree[i].parent;
    if (order[i] > highest[parent]) {
      highest[parent] = order[i];
      times[parent] = 1;
    } else if (order[i] == highest[parent]) {
      ++times[parent];
    }
  }
  return order;
}

/// A vessel of an order is a chain of branches of that order.
std::vector<StrahlerOrder> strahler_orders(const Tree& tree, const std::vector<bool>& counts) {
  const std::vector<int> order = strahler_numbers(tree, counts);
  std::vector<StrahlerOrder> orders;
  std::vector<int> branches;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    if (!counts[i]) continue;
    const auto o = static_cast<std::size_t>(order[i]);
    if (orders.size() < o) {
      orders.resize(o);
      branches.resize(o, 0);
    }
    const int parent = tree[i].parent;
    if (order[parent] != order[i] || tree[parent].parent < 0) ++orders[o - 1].count;
    orders[o - 1].diameter_mm += 2 * tree[i].radius_mm;
    ++branches[o - 1];
  }
  for (std::size_t o = 0; o < orders.size(); ++o) orders[o].diameter_mm /= std::max(1, branches[o]);
  return orders;
}

TreeMorphometry measure_tree(const Tree& tree, const std::vector<Piece>& pieces,
                             const ScalarField& lung) {
  TreeMorphometry out;
  add_volumes(pieces, lung, out);
  const std::vector<bool> counts = counted_branches(tree);
  int counted = 0;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const TreeNode& node = tree[i];
    if (node.central || node.joint || node.parent < 0) continue;
    if (node.radius_mm >= 1) ++out.branches_2mm;
    const TreeNode& parent = tree[node.parent];
    if (!counts[i] || parent.parent < 0) continue;
    const Vec along = node.position - parent.position;
    const Vec before = parent.position - tree[parent.parent].position;
    const double cosine = std::clamp(dot(unit(along), unit(before)), -1.0, 1.0);
    out.branch_angle += std::acos(cosine) * 180 / std::numbers::pi;
    out.length_to_diameter += length(along) / (2 * node.radius_mm);
    ++counted;
  }
  out.branch_angle /= std::max(1, counted);
  out.length_to_diameter /= std::max(1, counted);
  out.orders = strahler_orders(tree, counts);
  return out;
}

double lung_volume_ml(const ScalarField& lung) {
  const double step = lung.lattice().step_mm;
  const auto inside =
      std::count_if(lung.values().begin(), lung.values().end(), [](float d) { return d < 0; });
  return static_cast<double>(inside) * step * step * step * 1e-3;
}

}  // namespace

Morphometry measure(const Anatomy& anatomy, const VascularTrees& trees,
                    const VesselPieces& pieces) {
  constexpr double kVeinRadiusMm = 0.8;
  constexpr std::size_t kEvery = 7;
  Morphometry m;
  m.lung_ml = lung_volume_ml(anatomy.lung);
  m.artery = measure_tree(trees.artery, pieces.artery, anatomy.lung);
  m.vein = measure_tree(trees.vein, pieces.vein, anatomy.lung);
  int veins = 0;
  for (const TreeNode& node : trees.vein) {
    if (node.central || node.radius_mm <= kVeinRadiusMm) continue;
    m.vein_to_artery_mm += trees.artery_distance.at(node.position);
    ++veins;
  }
  m.vein_to_artery_mm /= std::max(1, veins);
  int points = 0;
  for (std::size_t i = 0; i < trees.supply.count(); i += kEvery) {
    m.lung_to_artery_mm += trees.artery_distance.at(trees.supply.position[i]);
    ++points;
  }
  m.lung_to_artery_mm /= std::max(1, points);
  return m;
}

}  // namespace hilum::phantom
