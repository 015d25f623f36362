#include "model/phantom/body_plan.h"

#include <cstddef>

namespace hilum::phantom {
namespace {

void sample_shapes(BodyPlan& plan, Rng& rng) {
  plan.size = rng.normal(0.97, 0.055);
  plan.scale.x = plan.size * rng.normal(1, 0.035);
  plan.scale.y = plan.size * rng.normal(1, 0.045);
  plan.scale.z = plan.size * rng.normal(1, 0.045);
  plan.chest_half_width = rng.normal(128, 6);
  plan.chest_half_depth = rng.normal(84, 6);
  plan.apex_z = rng.normal(88, 6);
  plan.taper_z = rng.normal(-60, 12);
  plan.wall_thickness = rng.uniform(16, 30);
  plan.fat_thickness = rng.uniform(4, 38);
  plan.right_dome_z = -rng.normal(98, 11);
  plan.left_dome_z = plan.right_dome_z - rng.normal(10, 5);  // the left dome lies lower
  plan.heart_scale = rng.normal(1, 0.08);
  plan.heart_tilt = rng.normal(0.55, 0.12);
  plan.disc_phase = rng.uniform(0, 24);
  plan.right_oblique_z = rng.normal(-49, 7);
  plan.right_horizontal_z = rng.normal(-25, 6);
  plan.left_oblique_z = rng.normal(-42, 7);
}

/// Calibres. Pulmonary arteries: CMR in JCMR 10.1186/s12968-016-0230-9 (right 14.7-16.6 mm, left
/// 15.9-17.3 mm in diastole, larger in systole) plus 2 mm for CT; trunk 25.1 +- 2.8 mm
/// (PMC3275437). Bronchus to artery .62 +- .13 (PMID 9071307). Segmental and small vessels were
/// fitted to one real CT: README.md.
void sample_calibres(BodyPlan& plan, Rng& rng) {
  const double s = plan.size;
  plan.trachea_radius = s * rng.normal(8.6, 0.8);
  plan.aorta_radius = s * rng.normal(14.5, 1.4);
  plan.vena_cava_radius = s * rng.normal(9, 1);
  plan.trunk_radius = s * rng.normal(13.0, 1.4);
  plan.right_pa_radius = s * rng.normal(9.3, 1.0);
  plan.left_pa_radius = s * rng.normal(9.5, 1.0);
  plan.vein_radius = s * rng.normal(8.7, 0.8);
  const double segmental = s * rng.normal(4.6, 0.35);
  plan.segmental_artery = segmental * rng.normal(1, 0.05);
  plan.segmental_vein = segmental * rng.normal(1, 0.05);
  const double small = rng.normal(1.2, 0.09);
  plan.small_artery = small * rng.normal(1, 0.05);
  plan.small_vein = small * rng.normal(1, 0.05);
  plan.bronchus_ratio = rng.uniform(0.52, 0.85);
  plan.bronchus_wall = rng.uniform(0.7, 1.3);
  plan.tortuosity = rng.uniform(0.4, 1.3);
}

}  // namespace

BodyPlan sample_body_plan(Rng& rng) {
  BodyPlan plan{};
  sample_shapes(plan, rng);
  sample_calibres(plan, rng);
  plan.ascending_a2 = rng.chance(0.70);
  plan.middle_lobe_vein = rng.chance(0.17);  // 19 % (PeerJ 10.7717/peerj.1579), 13 % (CT, n = 428)
  plan.left_common_vein = rng.chance(0.10);  // 4.4-8 %, doubled so that a model sees enough of them
  return plan;
}

Frame::Frame(const BodyPlan& plan, SmoothField warp) : scale_(plan.scale), warp_(std::move(warp)) {
  const auto turned = [&](const Vec& axis) {
    return rotated(rotated(axis, {0, 1, 0}, plan.lean), {0, 0, 1}, plan.roll);
  };
  right_ = turned({1, 0, 0});
  back_ = turned({0, 1, 0});
  up_ = turned({0, 0, 1});
}

Vec Frame::to_patient(const Vec& t) const {
  const Vec p = right_ * (t.x * scale_.x) + back_ * (t.y * scale_.y) + up_ * (t.z * scale_.z);
  return p + warp_.at(p);
}

Vec Frame::unwarped_to_template(const Vec& q) const {
  return {dot(q, right_) / scale_.x, dot(q, back_) / scale_.y, dot(q, up_) / scale_.z};
}

Vec Frame::to_template(const Vec& p) const { return unwarped_to_template(p - warp_.at(p)); }

void Frame::template_row(const Vec& start, double step_mm, std::vector<Vec>& row) const {
  warp_.sample_row(start, step_mm, row);
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Vec q = start + Vec{step_mm * static_cast<double>(i), 0, 0} - row[i];
    row[i] = unwarped_to_template(q);
  }
}

Frame sample_frame(const BodyPlan& plan, Rng& rng) {
  return {plan, SmoothField({14, 110, 360, 4.6}, rng)};
}

}  // namespace hilum::phantom
