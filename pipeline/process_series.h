#pragma once

#include <filesystem>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "pipeline/domain/examiner.h"
#include "pipeline/domain/ports.h"

namespace hilum::pipeline {

/// What one of our nodes turns a series into a result with. Everything outlives the calls that use
/// it.
struct SeriesTools {
  SeriesReader& reader;
  Segmenter& segmenter;
  Examiner& examiner;
  ResultWriter& writer;
  const Clock& clock;
  VirtualNode node{};  ///< whose result it is: part of its identity
  /// What is written: one package for each. Names differ. Not empty.
  std::vector<ViewerProfile> profiles{ViewerProfile{}};
  std::set<DoubtKind> hold{};  ///< a result with one of these is held
};

/// What a series became.
struct SeriesResult {
  std::vector<ResultPackage> packages;  ///< in the order of the profiles; files are absolute
  Findings findings;
  std::string hold;  ///< why it is to be held, in words; empty: it need not be
  JobLog log;        ///< stages, and notes: what was left out, is unusual or doubtful
};

/// The work itself, without network and database: CT files -> volume -> labels -> findings -> DICOM
/// objects in `results`. `hilum serve` runs it for each job, `hilum segment` for a directory. The
/// objects' UIDs follow from `instances_digest`, the model, writer, profile and node.
Result<SeriesResult> process_series(const SeriesTools& tools,
                                    std::span<const std::filesystem::path> files,
                                    const std::string& instances_digest,
                                    const std::filesystem::path& results,
                                    const ProgressSink& progress, std::stop_token stop);

}  // namespace hilum::pipeline
