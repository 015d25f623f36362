#pragma once

#include <utility>

#include "model/phantom/rng.h"
#include "model/phantom/smooth_field.h"
#include "model/phantom/vec.h"

namespace hilum::phantom {

enum class Side { kNone, kLeft, kRight };

/// The sizes that make one patient. Lengths in mm; those of shapes (chest to fissures) are in
/// template space, before `Frame` scales and warps them; calibres are final. Tags in body_plan.cpp
/// say where the ranges come from.
struct BodyPlan {
  double size;  ///< overall scale, 1 = the template
  Vec scale;    ///< per axis, includes `size`

  double chest_half_width;  ///< cavity
  double chest_half_depth;
  double apex_z;
  double taper_z;  ///< above it the cavity narrows towards the apex
  double wall_thickness;
  double fat_thickness;
  double right_dome_z;
  double left_dome_z;
  double heart_scale;
  double heart_tilt;  ///< radians, about the anterior-posterior axis
  double disc_phase;  ///< where the first intervertebral disc lies

  double right_oblique_z;  ///< heights of the fissures at the hilum
  double right_horizontal_z;
  double left_oblique_z;

  double trachea_radius;
  double aorta_radius;
  double vena_cava_radius;
  double trunk_radius;     ///< main pulmonary artery
  double right_pa_radius;  ///< right pulmonary artery at its origin
  double left_pa_radius;
  double vein_radius;       ///< of one vessel that would drain a whole lung
  double segmental_artery;  ///< diameter where a tenth of a lung is supplied
  double segmental_vein;
  double small_artery;  ///< diameter where 2 mL are supplied
  double small_vein;
  double bronchus_ratio;  ///< airway lumen / artery diameter
  double bronchus_wall;   ///< factor on the normal wall thickness
  double tortuosity;      ///< factor on the winding of small vessels

  bool ascending_a2;      ///< A2 rises from the right interlobar artery
  bool middle_lobe_vein;  ///< the middle lobe drains into the atrium by itself
  bool left_common_vein;  ///< both left veins join before the atrium

  // Not sampled but set by a PatientVariation.
  double roll = 0;  ///< radians, about the long axis
  double lean = 0;  ///< radians, about the front-to-back axis
  bool mediastinal_lingular_artery = false;
  int missing_segment = -1;  ///< of segment_table; -1 = none
};

BodyPlan sample_body_plan(Rng& rng);

/// Takes template space to the patient: p = RS t + W(RS t) with S = diag(scale), R the rotation by
/// roll and lean and a smooth warp W.
class Frame {
 public:
  Frame(const BodyPlan& plan, SmoothField warp);

  [[nodiscard]] Vec to_patient(const Vec& t) const;
  /// First-order inverse, t = S^-1 R^-1 (p - W(p)): wrong by less than 1 mm.
  [[nodiscard]] Vec to_template(const Vec& p) const;
  /// `to_template` of `start`, `start` + (step, 0, 0), ... into `row`.
  void template_row(const Vec& start, double step_mm, std::vector<Vec>& row) const;

 private:
  [[nodiscard]] Vec unwarped_to_template(const Vec& q) const;

  Vec scale_;
  Vec right_;  ///< where the template's axes point in the patient
  Vec back_;
  Vec up_;
  SmoothField warp_;
};

/// The warp of a patient: 14 modes of 110-360 mm with 4.6 mm RMS.
Frame sample_frame(const BodyPlan& plan, Rng& rng);

}  // namespace hilum::phantom
