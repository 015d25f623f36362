#include "model/phantom/lesions.h"

namespace hilum::phantom {
namespace {

struct Range {
  double low;
  double high;
};

/// How often, how many, how large and how dense a kind of lesion is.
struct LesionRule {
  FocalLesion::Kind kind;
  double share;
  int fewest;
  int most;
  Range radius_mm;
  Range hu;
};

constexpr LesionRule kRules[] = {
    {FocalLesion::Kind::kNodule, 0.50, 1, 4, {2.5, 11}, {-20, 60}},
    {FocalLesion::Kind::kGroundGlass, 0.35, 1, 6, {8, 35}, {80, 330}},
    {FocalLesion::Kind::kConsolidation, 0.20, 1, 3, {12, 35}, {10, 60}},
    {FocalLesion::Kind::kEmphysema, 0.25, 4, 63, {4, 18}, {-110, -60}},
};

}  // namespace

LungDisease sample_disease(const SupplyPoints& lung, Rng& rng) {
  LungDisease disease;
  for (const LesionRule& rule : kRules) {
    if (!rng.chance(rule.share)) continue;
    const int count = rule.fewest + rng.index(rule.most - rule.fewest + 1);
    for (int i = 0; i < count; ++i) {
      const Vec centre = lung.position[rng.index(static_cast<int>(lung.count()))];
      const double radius = rng.uniform(rule.radius_mm.low, rule.radius_mm.high);
      disease.focal.push_back({rule.kind, centre, radius, rng.uniform(rule.hu.low, rule.hu.high)});
    }
  }
  if (rng.chance(0.12)) {
    disease.effusion = rng.chance(0.5) ? Side::kLeft : Side::kRight;
    disease.effusion_y_mm = rng.uniform(45, 75);
  }
  if (rng.chance(0.4)) disease.dependent_hu = rng.uniform(40, 200);
  return disease;
}

void place_emboli(const TissueHu& tissue, Tree& artery, Rng& rng) {
  constexpr int kTries = 2000;
  if (tissue.phase == Phase::kNonContrast || !rng.chance(0.15)) return;
  const int wanted = 1 + rng.index(6);
  int placed = 0;
  for (int k = 0; k < kTries && placed < wanted; ++k) {
    TreeNode& node = artery[rng.index(static_cast<int>(artery.size()))];
    if (node.radius_mm <= 1.5 || node.radius_mm >= 6) continue;
    node.embolus = true;
    ++placed;
  }
}

}  // namespace hilum::phantom
