#pragma once

#include "model/train/train_step.h"

namespace hilum::model::train {

struct ValidationOptions {
  int windows_per_volume = 8;
  int loaders = 2;  ///< threads that load volumes
  Query classes;    ///< `Asking::classes`
  StepSettings settings;
};

/// Voxel counts over fixed windows of every volume: quick enough to choose between steps, not the
/// score of whole volumes that `hilum model evaluate` gives. For .cpp files of this folder only.
/// Errors of the source; kNoSpace.
Result<DiceCounts> validate(const TrainableNetwork& network, const SampleSource& source,
                            const ValidationOptions& options);

}  // namespace hilum::model::train
