#pragma once

#include <vector>

#include "model/phantom/body_plan.h"
#include "model/phantom/shapes.h"

namespace hilum::phantom {

/// Implicit shapes of the chest in template space: signed distances in mm (approximate where
/// superellipses are involved), negative inside. Sizes from the BodyPlan, positions from CT
/// anatomy as written in README.md. All pure.

/// The pleural cavity on the side of `t`.
double cavity_distance(const BodyPlan& plan, const Vec& t);

/// Depth below the diaphragm: positive in the abdomen. Domes with lateral, medial, anterior and
/// posterior recesses.
double below_diaphragm(const BodyPlan& plan, const Vec& t);

/// The skin.
double body_distance(const BodyPlan& plan, const Vec& t);

/// Vertebral bodies, discs left out, and arches with the canal left out.
double spine_bone_distance(const BodyPlan& plan, const Vec& t);

struct HeartDistances {
  double heart;  ///< everything, with myocardium
  double left_atrium;
  double left_ventricle;
  double right_heart;  ///< blood of the right atrium and ventricle
};
HeartDistances heart_distances(const BodyPlan& plan, const Vec& t);

/// What the lungs leave free in the middle: slab, spine, heart and a sleeve round every central
/// tube, so that the hilum and the azygo-oesophageal recess appear by themselves.
class Mediastinum {
 public:
  explicit Mediastinum(const BodyPlan& plan);
  /// `heart` is the distance from `heart_distances`.
  [[nodiscard]] double distance(const Vec& t, double heart) const;

 private:
  struct Sleeve {
    Cone cone;
    Vec centre;
    double bound;  ///< radius of a ball round `centre` that holds the cone
  };
  void add(const std::vector<Vec>& path, double radius);

  std::vector<Sleeve> sleeves_;
};

/// Paths of tubes that are drawn and keep the lungs away, template mm.
const std::vector<Vec>& aorta_path();
const std::vector<Vec>& vena_cava_path();
const std::vector<Vec>& azygos_path();           // no sleeve either: it lies on the spine
const std::vector<Vec>& lower_vena_cava_path();  // no sleeve: it lies between heart and liver
const std::vector<Vec>& trachea_path();

}  // namespace hilum::phantom
