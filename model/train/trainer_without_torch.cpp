#include "model/train/trainer.h"

namespace hilum::model::train {

Result<TrainSummary> run_training(const NetworkStart& /*start*/, const TrainData& /*data*/,
                                  const Recipe& /*recipe*/, const RunOptions& /*run*/,
                                  const TrainControl& /*control*/) {
  return Error{ErrorCode::kUnsupported,
               "this build has no LibTorch and so cannot train a model: build with "
               "-DHILUM_WITH_TORCH=ON"};
}

}  // namespace hilum::model::train
