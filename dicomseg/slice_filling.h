#pragma once

#include <span>

#include "pipeline/domain/volume.h"

/// Slices of a volume that no image shows. `shown` are the slices that an image shows, ascending,
/// the first and the last of the volume among them.
namespace hilum::dicomseg {

/// Gives the others Hounsfield units: linear between the nearest shown ones on both sides.
void interpolate_between(Volume& volume, std::span<const int> shown);

/// Gives the others the labels of the nearest shown one; of two, the lower.
void repeat_nearest(LabelMap& labels, std::span<const int> shown);

}  // namespace hilum::dicomseg
