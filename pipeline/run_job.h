#pragma once

#include <filesystem>
#include <stop_token>

#include "pipeline/domain/ports.h"
#include "pipeline/process_series.h"

namespace hilum::pipeline {

/// Where the files of the node lie.
struct Folders {
  std::filesystem::path spool;  ///< received instances; `ReceivedInstance::file` is relative to it
  std::filesystem::path results;  ///< the files of `ResultPackage` are relative to it
};

/// One job from claim to result file: the instances recorded for its series must still be those the
/// job was made for, then `process_series`. Changes nothing in the store. kCancelled when the
/// series has changed meanwhile (a newer job follows) or `stop` was requested.
Result<SeriesResult> run_job(const Job& job, JobStore& store, const SeriesTools& tools,
                             const Folders& folders, const ProgressSink& progress,
                             std::stop_token stop);

}  // namespace hilum::pipeline
