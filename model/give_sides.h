#pragma once

#include <span>
#include <vector>

#include "model/anatomical_sides.h"
#include "model/postprocess.h"
#include "model/standard_classes.h"

namespace hilum::model {

/// Two classes that are one vessel on either side of the patient.
struct VesselPair {
  int left = 0;
  int right = 0;
};

/// The pairs among `classes` by their codes. A class with a side but without a single partner keeps
/// what the network says, and so does one without a side.
std::vector<VesselPair> vessel_pairs(std::span<const ModelClass> classes);

struct SideOptions {
  double threshold = 0.5;  ///< a vessel is present where its probability exceeds it
  int threads = 0;         ///< 0: all cores
};

/// Takes the side of every vessel from the patient's anatomy, in place: the two classes of a pair
/// exclude each other, so the sum of their probabilities, at most 1, is that of the vessel; it goes
/// to the class of the side where the voxel lies, and 0 to the other. Nothing changes when no lungs
/// were found.
///
/// A vessel that crosses between the lungs (the right pulmonary artery) changes its side where its
/// course turns, if `VesselCourse` finds that; else at the border that the lungs tell. `value` is
/// [K][X][Y][Z] over `crop`, as `Probabilities`.
void give_sides(std::span<float> value, const Box& crop, std::span<const VesselPair> pairs,
                const AnatomicalSides& sides, const SideOptions& options);

}  // namespace hilum::model
