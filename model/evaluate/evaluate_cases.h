#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "model/evaluate/case_source.h"
#include "model/evaluate/report.h"
#include "pipeline/domain/ports.h"

namespace hilum::model::evaluate {

struct CasesOptions {
  std::vector<ModelClass> classes;  ///< label k of the references is classes[k-1]
  EvaluationOptions scoring;
  ProgressSink progress;  ///< of all cases together; may be empty
  std::stop_token stop;
  /// Called after each case, from the caller's thread; may be empty.
  std::function<void(const CaseResult&)> on_case;
  /// Folder that gets a picture of each case (error_sheet.h), `picture_name` each; empty: none. One
  /// that cannot be written is told in `CaseResult::picture_failed`.
  std::filesystem::path pictures;
};

/// "007_phantom_seed_1000006.png": the number from 1 on and what the case is called, without
/// folders, all but letters, digits, '.' and '-' replaced by '_'.
std::string picture_name(std::size_t number, const CaseResult& one);

/// Segments each case's CT and scores it against its reference. The next case is loaded while one
/// is segmented, so two CTs are in memory at a time. A case that cannot be loaded, segmented or
/// compared ends up in `CaseResult::failed`, and the next one follows; after a stop request the
/// rest is left out.
std::vector<CaseResult> evaluate_cases(Segmenter& segmenter, const CaseSource& cases,
                                       const CasesOptions& options);

/// Scores labels that somebody else predicted; `entry.ct` is not read.
CaseResult evaluate_prediction(const std::filesystem::path& prediction,
                               const train::DatasetEntry& entry, const CasesOptions& options);

}  // namespace hilum::model::evaluate
