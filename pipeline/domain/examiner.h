#pragma once

#include <stop_token>

#include "pipeline/domain/findings.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/segment_spec.h"
#include "pipeline/domain/volume.h"

namespace hilum {

/// A finished result -> what it measures and what is doubtful about it. Implemented by
/// model/examine. Called from several threads at once.
class Examiner {
 public:
  virtual ~Examiner() = default;
  /// `labels` are on the grid of `volume`, label k is `model.segments[k-1]`. kCancelled soon after
  /// `stop` is requested; kInvalidInput when sizes do not fit, when the model is not the one that
  /// the examiner was made for, or when a label is above the model's segments.
  virtual Result<Findings> examine(const Volume& volume, const LabelMap& labels,
                                   const ModelInfo& model, std::stop_token stop) = 0;
};

}  // namespace hilum
