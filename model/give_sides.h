#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/anatomical_sides.h"
#include "model/postprocess.h"
#include "model/standard_classes.h"

namespace hilum::model {

/// A vessel of the patient's two sides and its classes: both, or the only one there is.
struct SidedVessel {
  std::optional<int> left;
  std::optional<int> right;
};

/// The classes with a side, by their codes: two that differ in nothing else are one vessel.
std::vector<SidedVessel> sided_vessels(std::span<const ModelClass> classes);

struct SideOptions {
  double threshold = 0.5;  ///< a vessel is present where its probability exceeds it
  int threads = 0;         ///< 0: all cores
};

/// Takes the side of every vessel from the patient's anatomy, in place: the larger of its two
/// classes' probabilities is the vessel's, because a network that does not ask itself for sides
/// (`SideSource::kAnatomy`) says the same to both; it goes to the class of the side where the voxel
/// lies, and 0 to the other. Classes without a side stay as they are. When no lungs were found
/// nobody knows the side, and a vessel with a wrong one is worse than none: all classes with a side
/// become 0.
///
/// A vessel that crosses between the lungs (the right pulmonary artery) changes its side where its
/// course turns, if `VesselCourse` finds that; else at the border that the lungs tell. `value` is
/// [K][X][Y][Z] over `crop`, as `Probabilities`.
void give_sides(std::span<float> value, const Box& crop, std::span<const SidedVessel> vessels,
                const AnatomicalSides& sides, const SideOptions& options);

}  // namespace hilum::model
