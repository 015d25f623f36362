#pragma once

#include <string_view>
#include <vector>

#include "model/phantom/body_plan.h"
#include "model/phantom/lobes.h"

namespace hilum::phantom {

/// The hilum is not grown but drawn from anatomy, so that left and right, artery, bronchus and vein
/// lie as in people: superior veins anterior to artery and bronchus, inferior veins posterior,
/// medial and below; the left pulmonary artery over the left main bronchus, the right one in front
/// of the intermediate bronchus. Points in template mm.
struct CentralBranch {
  std::string_view name;
  std::string_view parent;  ///< a branch listed before; empty for a root
  Side side;
  std::vector<Vec> points;  ///< after the end of the parent
};

const std::vector<CentralBranch>& airway_template();
/// Starts at the bifurcation of the pulmonary trunk, which itself is not part of either tree.
const std::vector<CentralBranch>& artery_template();
/// Starts inside the left atrium. Variants as sampled in `plan`.
std::vector<CentralBranch> vein_template(const BodyPlan& plan);
/// The pulmonary trunk up to its bifurcation.
const std::vector<Vec>& trunk_path();

/// A bronchopulmonary segment: where its airway and artery leave the central trees and a point
/// about 20-35 mm further out.
struct Segment {
  std::string_view name;
  Lobe lobe;
  std::string_view airway;
  std::string_view artery;
  Vec target;
  bool lingula;
};
std::vector<Segment> segment_table(const BodyPlan& plan);

/// What a central vein drains.
struct Drainage {
  enum class Part { kWholeLobe, kLingula, kAllButLingula };
  std::string_view vein;
  Lobe lobe;
  Part part;
};
const std::vector<Drainage>& drainage_table();

}  // namespace hilum::phantom
