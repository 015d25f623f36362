#include "pipeline/process_series.h"

#include <utility>

#include "pipeline/result_identity.h"

namespace hilum::pipeline {
namespace {

// Shares of the whole, roughly as measured on a CPU: the network is what one waits for.
constexpr double kReadDone = 0.05;
constexpr double kSegmentDone = 0.95;

void report(const ProgressSink& progress, double fraction) {
  if (progress) progress(fraction);
}

}  // namespace

Result<SeriesResult> process_series(const SeriesTools& tools,
                                    std::span<const std::filesystem::path> files,
                                    const std::string& instances_digest,
                                    const std::filesystem::path& results,
                                    const ProgressSink& progress, std::stop_token stop) {
  JobLog log;
  auto source = log.timed("read", [&] { return tools.reader.read(files, stop); });
  if (!source) return std::move(source).error().in("read the series");
  log.notes = std::move(source->notes);
  report(progress, kReadDone);

  const auto within_segmentation = [&](double fraction) {
    report(progress, kReadDone + fraction * (kSegmentDone - kReadDone));
  };
  auto labels = tools.segmenter.segment(source->volume, log, within_segmentation, stop);
  if (!labels) return std::move(labels).error().in("segment");
  report(progress, kSegmentDone);
  if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "stopped before encoding"};

  const ModelInfo& model = tools.segmenter.info();
  const ResultUids uids =
      result_uids(instances_digest, model.sha256, tools.encoder.settings(), tools.node);
  auto encoded = log.timed("encode", [&] {
    return tools.encoder.encode({.source = *source,
                                 .labels = *labels,
                                 .model = model,
                                 .uids = uids,
                                 .created_at = tools.clock.now()},
                                results / (uids.sop.str() + ".dcm"));
  });
  if (!encoded) return std::move(encoded).error().in("encode the segmentation");
  report(progress, 1.0);
  return SeriesResult{uids, std::move(encoded->file), std::move(encoded->segments), std::move(log)};
}

}  // namespace hilum::pipeline
