#include "model/phantom/tree.h"

#include <algorithm>

namespace hilum::phantom {
namespace {

/// Index of the widest child of every node, -1 for leaves.
std::vector<int> main_children(const Tree& tree) {
  std::vector<int> child(tree.size(), -1);
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const int parent = tree[i].parent;
    if (parent < 0) continue;
    const int best = child[parent];
    if (best < 0 || tree[i].radius_mm > tree[best].radius_mm) child[parent] = static_cast<int>(i);
  }
  return child;
}

/// Direction of the path through node `i` along its main child.
Vec tangent(const Tree& tree, const std::vector<int>& main_child, int i) {
  const TreeNode& node = tree[i];
  Vec in;
  if (node.parent >= 0) in = unit(node.position - tree[node.parent].position);
  const int child = main_child[i];
  const Vec out = child >= 0 ? unit(tree[child].position - node.position) : in;
  return unit((node.parent >= 0 ? in : out) + out);
}

struct Curve {
  Vec start, end, start_tangent, end_tangent;  // tangents in mm per unit of t
  [[nodiscard]] Vec at(double t) const {
    const double t2 = t * t;
    const double t3 = t2 * t;
    return start * (2 * t3 - 3 * t2 + 1) + start_tangent * (t3 - 2 * t2 + t) +
           end * (3 * t2 - 2 * t3) + end_tangent * (t3 - t2);
  }
};

/// At the nodes where branches of at least this radius start or end, which share them.
std::vector<Vec> displacements(const Tree& tree, const SmoothField& field,
                               double smallest_radius_mm) {
  std::vector<Vec> at(tree.size());
  std::vector<bool> known(tree.size(), false);
  const auto look_up = [&](std::size_t i) {
    if (known[i]) return;
    at[i] = field.at(tree[i].position);
    known[i] = true;
  };
  for (std::size_t i = 0; i < tree.size(); ++i) {
    if (tree[i].parent < 0 || tree[i].radius_mm < smallest_radius_mm) continue;
    look_up(i);
    look_up(static_cast<std::size_t>(tree[i].parent));
  }
  return at;
}

}  // namespace

int add_node(Tree& tree, const TreeNode& node) {
  tree.push_back(node);
  return static_cast<int>(tree.size()) - 1;
}

void accumulate_supply(Tree& tree) {
  std::vector<double> from_children(tree.size(), 0);
  for (std::size_t i = tree.size(); i-- > 0;) {
    if (from_children[i] > 0) tree[i].supply_ml = from_children[i];
    if (tree[i].parent >= 0) from_children[tree[i].parent] += tree[i].supply_ml;
  }
}

CentralTree plant(const std::vector<CentralBranch>& branches, const Frame& frame) {
  CentralTree result;
  for (const CentralBranch& branch : branches) {
    int node = branch.parent.empty() ? -1 : result.end_of.at(branch.parent);
    for (const Vec& point : branch.points) {
      node = add_node(result.tree, {.position = frame.to_patient(point),
                                    .parent = node,
                                    .side = branch.side,
                                    .central = true});
    }
    result.end_of[branch.name] = node;
  }
  return result;
}

std::vector<Piece> pieces_of(const Tree& tree, const Winding& winding, double smallest_radius_mm) {
  constexpr double kPieceMm = 2.2;
  const std::vector<int> main_child = main_children(tree);
  const std::vector<Vec> displaced = displacements(tree, winding.displacement, smallest_radius_mm);
  std::vector<Piece> pieces;
  for (std::size_t n = 0; n < tree.size(); ++n) {
    const int i = static_cast<int>(n);
    const TreeNode& node = tree[n];
    if (node.parent < 0 || node.radius_mm < smallest_radius_mm) continue;
    const TreeNode& parent = tree[node.parent];
    const double chord = length(node.position - parent.position);
    if (chord < 1e-6) continue;
    const bool is_main = main_child[node.parent] == i;
    const Vec own = unit(node.position - parent.position);
    const Vec before = tangent(tree, main_child, node.parent);
    const Vec start = is_main ? before : unit(own * 0.9 + before * 0.35);
    const Curve curve{parent.position, node.position, start * chord,
                      tangent(tree, main_child, i) * chord};
    const double widest = node.radius_mm * (is_main ? 1.6 : 1.12);
    const double first = std::min(parent.radius_mm, widest);
    const int count = std::clamp(static_cast<int>(chord / kPieceMm) + 1, 2, 10);
    Vec from;
    double radius_from = first;
    for (int k = 0; k <= count; ++k) {
      const double t = static_cast<double>(k) / count;
      const double radius = first + (node.radius_mm - first) * std::min(1.0, 1.5 * t);
      Vec to = curve.at(t);
      const double wind = winding.scale * std::min(1.0, 2.0 / std::max(radius, 0.6));
      const Vec displacement = k == 0       ? displaced[node.parent]
                               : k == count ? displaced[n]
                                            : winding.displacement.at(to);
      to = to + displacement * wind;
      if (k > 0) {
        pieces.push_back(
            {{from, to, radius_from, radius}, node.radius_mm, node.side, node.embolus});
      }
      from = to;
      radius_from = radius;
    }
  }
  return pieces;
}

}  // namespace hilum::phantom
