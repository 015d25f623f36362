#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/standard_classes.h"
#include "pipeline/domain/volume.h"

namespace hilum::model {

/// A sentence for each class whose segment is smaller or larger than its `volume_ml` says that
/// segments of this model are; label k of the map is classes[k-1]. A thin field of view, a child or
/// a lobe that was removed can be the reason, and so can a result that is wrong.
std::vector<std::string> implausible_volumes(const LabelMap& labels,
                                             std::span<const ModelClass> classes);

}  // namespace hilum::model
