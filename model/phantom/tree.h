#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "model/phantom/body_plan.h"
#include "model/phantom/hilum_template.h"
#include "model/phantom/shapes.h"

namespace hilum::phantom {

/// The end of a branch; the branch runs from the parent's position to this one.
struct TreeNode {
  Vec position{};
  int parent = -1;  ///< smaller than the own index
  Side side = Side::kNone;
  bool central = false;  ///< from the hilar template, not grown
  bool joint = false;    ///< a bend within a branch, not the end of one
  bool embolus = false;
  double supply_ml = 0;  ///< lung volume supplied (arteries, airways) or drained (veins)
  double radius_mm = 0;
};

using Tree = std::vector<TreeNode>;

int add_node(Tree& tree, const TreeNode& node);

/// Sets the supply of every node that has children to the sum over them.
void accumulate_supply(Tree& tree);

/// A tree with the branches of a hilar template and where each of them ends.
struct CentralTree {
  Tree tree;
  std::map<std::string_view, int> end_of;
};
CentralTree plant(const std::vector<CentralBranch>& branches, const Frame& frame);

/// A short straight piece of a vessel, ready to be drawn.
struct Piece {
  Cone shape;
  double branch_radius_mm;  ///< of the branch it belongs to, decides whether it is labelled
  Side side;
  bool embolus;
};

struct Winding {
  const SmoothField& displacement;  ///< common to all trees, so that nothing collides
  double scale;
};

/// Pieces of about 2 mm along cubic Hermite curves: the main child goes on in the parent's
/// direction, side children turn off; calibres taper; small vessels wind. Branches with a radius
/// below `smallest_radius_mm` are left out.
std::vector<Piece> pieces_of(const Tree& tree, const Winding& winding, double smallest_radius_mm);

}  // namespace hilum::phantom
