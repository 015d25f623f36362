#pragma once

#include <stop_token>
#include <utility>
#include <vector>

#include "model/standard_classes.h"
#include "pipeline/domain/examiner.h"

namespace hilum::model::examine {

/// Examines results of one model. Immutable; calls at once are independent.
class VesselExaminer : public Examiner {
 public:
  /// `classes` are the model's, with the volumes that its manifest calls plausible. `threads` of
  /// each call, 0: all cores.
  VesselExaminer(std::vector<ModelClass> classes, int threads)
      : classes_(std::move(classes)), threads_(threads) {}

  /// Codes and labels are those of `model`, whose prompts may have been changed; volumes those of
  /// the classes. Also kUnsupported for a volume that `plan_model_grid` finds too large.
  Result<Findings> examine(const Volume& volume, const LabelMap& labels, const ModelInfo& model,
                           std::stop_token stop) override;

 private:
  std::vector<ModelClass> classes_;
  int threads_;
};

}  // namespace hilum::model::examine
