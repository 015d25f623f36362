#include "pipeline/run_job.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace hilum::pipeline {

Result<SeriesResult> run_job(const Job& job, JobStore& store, const SeriesTools& tools,
                             const Folders& folders, const ProgressSink& progress,
                             std::stop_token stop) {
  auto instances = store.instances_of(job.series);
  if (!instances) return std::move(instances).error().in("look up the instances");

  std::vector<std::filesystem::path> files;
  std::transform(instances->begin(), instances->end(), std::back_inserter(files),
                 [&](const ReceivedInstance& instance) { return folders.spool / instance.file; });
  // The result's UIDs name this very set of instances; another set is another job's work.
  if (instances_digest(*std::move(instances)) != job.instances_digest) {
    return Error{ErrorCode::kCancelled,
                 "the series got more instances; a newer job follows when it is complete"};
  }
  return process_series(tools, files, job.instances_digest, folders.results, progress, stop);
}

}  // namespace hilum::pipeline
