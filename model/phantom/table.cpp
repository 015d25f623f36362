#include "model/phantom/table.h"

#include <cmath>

namespace hilum::phantom {
namespace {

constexpr float kAirHu = -1000;
constexpr float kShellHu = -420;
constexpr float kFoamHu = -930;
constexpr float kMattressHu = -880;
constexpr float kEdgeHu = 250;
constexpr float kLineHu = 400;

}  // namespace

Table::Table(TableKind kind, double back_y, Rng& rng) : kind_(kind), top_y_(back_y) {
  if (kind != TableKind::kFull) return;
  trough_mm_ = rng.uniform(900, 4000);
  half_width_mm_ = rng.uniform(140, 215);
  thickness_mm_ = rng.uniform(12, 45);
  mattress_mm_ = rng.chance(0.6) ? rng.uniform(5, 20) : 0;
  const double side = rng.chance(0.5) ? 1 : -1;
  const double x = side * rng.uniform(60, 150);
  const double y = -rng.uniform(90, 130);
  if (rng.chance(0.5)) line_ = {x, y, 0};
}

float Table::hu(const Vec& p) const {
  constexpr double kHalfThicknessMm = 2.2;
  const double top = top_y_ - p.x * p.x / trough_mm_;
  if (kind_ == TableKind::kFull) return full_hu(p, top);
  return std::abs(p.y - top) < kHalfThicknessMm ? kShellHu : kAirHu;
}

float Table::full_hu(const Vec& p, double top_y) const {
  constexpr double kShellMm = 2.5, kEdgeMm = 5, kLineMm = 1.8;
  if (line_.x != 0 && std::hypot(p.x - line_.x, p.y - line_.y) < kLineMm) return kLineHu;
  const double from_edge = half_width_mm_ - std::abs(p.x);
  if (from_edge < 0) return kAirHu;
  const double below = p.y - top_y;
  if (below < 0) return -below < mattress_mm_ ? kMattressHu : kAirHu;
  if (below > thickness_mm_) return kAirHu;
  if (from_edge < kEdgeMm) return kEdgeHu;
  return below < kShellMm || below > thickness_mm_ - kShellMm ? kShellHu : kFoamHu;
}

}  // namespace hilum::phantom
