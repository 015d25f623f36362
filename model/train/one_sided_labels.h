#pragma once

#include <span>

#include "model/preprocess.h"
#include "model/standard_classes.h"
#include "model/train/sample_source.h"

namespace hilum::model::train {

/// For a network that is not asked for sides (`SideSource::kAnatomy`): when a vessel is labelled on
/// one side of the patient only, nothing is known of the other, so its background becomes
/// `kUnknownLabel`, with what lies between the lungs, and so does whatever the file holds of the
/// class that is not labelled; both classes of the vessel then count as labelled. That way volumes
/// labelled in one lung still teach what they know. Nothing changes where `image.sides` were not
/// found. `sample` is on `image.crop` and was finished (`finish_sample`).
void hide_unlabelled_sides(const ModelImage& image, std::span<const ModelClass> classes,
                           Sample& sample);

}  // namespace hilum::model::train
