#pragma once

#include <span>

#include "model/preprocess.h"
#include "model/standard_classes.h"
#include "model/train/sample_source.h"

namespace hilum::model::train {

/// For a network that is not asked for sides (`SideSource::kAnatomy`): when a vessel is labelled on
/// one side of the patient only, nothing is known of the other, so its background becomes
/// `kUnknownLabel`, with what lies between the lungs, and both classes of the vessel count as
/// labelled. Volumes of which some are labelled in one lung alone keep what they teach that way.
/// Nothing changes where `image.sides` were not found. `sample` is on `image.crop`.
void hide_unlabelled_sides(const ModelImage& image, std::span<const ModelClass> classes,
                           Sample& sample);

}  // namespace hilum::model::train
