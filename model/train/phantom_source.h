#pragma once

#include <cstdint>
#include <memory>

#include "model/preprocess.h"
#include "model/train/sample_source.h"

namespace hilum::model::train {

struct PhantomSourceOptions {
  int volumes = 2000;            ///< different patients
  std::uint64_t first_seed = 1;  ///< of the first; the others follow
  PreprocessOptions preprocess;  ///< of the model that is trained
};

/// Synthetic chest CT made when it is asked for (model/phantom), preprocessed as for inference. The
/// four classes of `standard_classes` are labels 1 to 4; aorta, airways, heart and vena cava 5
/// to 8. Volume i is patient `first_seed` + i seen as `phantom::training_options` draws it. About
/// three seconds and 400 MB a volume while it is made.
std::shared_ptr<const SampleSource> phantom_source(const PhantomSourceOptions& options);

/// Volumes to choose weights by have seeds from here on, those to score models with others beyond:
/// no training run comes near.
inline constexpr std::uint64_t kValidationSeeds = 900'000;

}  // namespace hilum::model::train
