#pragma once

#include <vector>

#include "model/phantom/anatomy.h"
#include "model/phantom/arms.h"
#include "model/phantom/contrast_field.h"
#include "model/phantom/lesions.h"
#include "model/phantom/solids.h"
#include "model/phantom/table.h"
#include "model/phantom/tissue.h"
#include "model/phantom/vessel_layers.h"

namespace hilum::phantom {

/// Everything that lies in the patient, ready to be put together.
struct Scene {
  const Anatomy& anatomy;
  const TissueHu& tissue;
  const LungDisease& disease;
  const VesselLayers& vessels;
  const Solids& great_vessels;
  const Solids& bones;
  const Solids& lymph_nodes;
  const ContrastField& contrast;
  const ArmShapes& arms;
};

/// How far behind the origin the skin of the back lies, mm.
double back_y_mm(const BodyPlan& plan);

/// The density of every voxel before the scanner: soft tissue, blood pools and bone, then lung,
/// bronchi and vessels by coverage.
std::vector<float> compose(const Scene& scene, TableKind table, const Lattice& grid, Rng& rng);

}  // namespace hilum::phantom
