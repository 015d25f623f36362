#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "model/evaluate/report.h"
#include "model/standard_classes.h"
#include "model/train/dataset_list.h"
#include "pipeline/domain/ports.h"

namespace hilum::model::evaluate {

struct CasesOptions {
  std::vector<ModelClass> classes;  ///< label k of the references is classes[k-1]
  EvaluationOptions scoring;
  ProgressSink progress;  ///< of all cases together; may be empty
  std::stop_token stop;
  /// Called after each case; may be empty.
  std::function<void(const CaseResult&)> on_case;
};

/// Segments each entry's CT and scores it against its labels. A case that cannot be read, segmented
/// or compared ends up in `CaseResult::failed`, and the next one follows; after a stop request the
/// rest is left out. A case is synthetic when its `kind` or the description in one of its files
/// says so.
std::vector<CaseResult> evaluate_cases(Segmenter& segmenter,
                                       std::span<const train::DatasetEntry> entries,
                                       const CasesOptions& options);

/// Scores labels that somebody else predicted; `entry.ct` is not read.
CaseResult evaluate_prediction(const std::filesystem::path& prediction,
                               const train::DatasetEntry& entry, const CasesOptions& options);

}  // namespace hilum::model::evaluate
