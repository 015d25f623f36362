#pragma once

#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "pipeline/domain/ports.h"

namespace hilum::pipeline {

/// What one of our nodes turns a series into a result with. Everything outlives the calls that use
/// it.
struct SeriesTools {
  SeriesReader& reader;
  Segmenter& segmenter;
  SegEncoder& encoder;
  const Clock& clock;
  VirtualNode node{};  ///< whose result it is: part of its identity
};

/// A result file and what is in it.
struct SeriesResult {
  ResultUids uids;
  std::filesystem::path file;
  std::vector<SegmentVolume> segments;
  JobLog log;  ///< stages, and notes: what was left out or is unusual
};

/// The work itself, without network and database: CT files -> volume -> labels -> DICOM SEG in
/// `results`/<SOP Instance UID>.dcm. `hilum serve` runs it for each job, `hilum segment` for a
/// directory. The result's UIDs follow from `instances_digest`, the model, the encoder and the
/// node.
Result<SeriesResult> process_series(const SeriesTools& tools,
                                    std::span<const std::filesystem::path> files,
                                    const std::string& instances_digest,
                                    const std::filesystem::path& results,
                                    const ProgressSink& progress, std::stop_token stop);

}  // namespace hilum::pipeline
