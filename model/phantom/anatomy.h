#pragma once

#include <cstdint>

#include "model/phantom/body_plan.h"
#include "model/phantom/lobes.h"
#include "model/phantom/patient_variation.h"
#include "model/phantom/scalar_field.h"

namespace hilum::phantom {

/// One patient without vessels: sampled sizes and the implicit shapes on a 3 mm lattice (27 times
/// fewer evaluations than at 1 mm). Independent of the scan: the same seed gives the same patient
/// at every spacing and field of view. Fields are signed distances in mm, negative inside.
struct Anatomy {
  BodyPlan plan;
  Frame frame;
  Fissures fissures;

  ScalarField body;
  ScalarField cavity;  ///< of the chest wall: what lies inside the ribs
  ScalarField lung;    ///< both lungs, with the vessels in them
  ScalarField mediastinum;
  ScalarField heart;
  ScalarField left_atrium;
  ScalarField left_ventricle;
  ScalarField right_heart;
  ScalarField spine;
  ScalarField below_diaphragm;  ///< positive below
  ScalarField left_of_midline;  ///< mm, positive on the patient's left
  ScalarField lung_depth;       ///< mm to the lung's border for points inside, 0 outside
};

/// Without a variation the patient depends on the seed alone.
Anatomy build_anatomy(std::uint64_t seed, const PatientVariation& variation = {});

}  // namespace hilum::phantom
