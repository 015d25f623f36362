#include "pipeline/process_series.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "pipeline/result_identity.h"

namespace hilum::pipeline {
namespace {

// Shares of the whole, roughly as measured on a CPU: the network is what one waits for.
constexpr double kReadDone = 0.05;
constexpr double kSegmentDone = 0.93;
constexpr double kExamineDone = 0.96;

void report(const ProgressSink& progress, double fraction) {
  if (progress) progress(fraction);
}

Error stopped(const char* before) {
  return {ErrorCode::kCancelled, std::string("stopped before ") + before};
}

/// The doubts that the administrator wants to look at first, as one text.
std::string reasons_to_hold(const Findings& findings, const std::set<DoubtKind>& hold) {
  std::string reasons;
  for (const Doubt& doubt : findings.doubts) {
    if (!hold.contains(doubt.kind)) continue;
    reasons += (reasons.empty() ? "" : "; ") + doubt.text;
  }
  return reasons;
}

/// What was segmented and what was found in it.
struct Segmented {
  LoadedSeries source;
  LabelMap labels;
  Findings findings;
};

Result<Segmented> segment_series(const SeriesTools& tools,
                                 std::span<const std::filesystem::path> files, JobLog& log,
                                 const ProgressSink& progress, std::stop_token stop) {
  auto source = log.timed("read", [&] { return tools.reader.read(files, stop); });
  if (!source) return std::move(source).error().in("read the series");
  log.notes = source->notes;
  report(progress, kReadDone);

  const auto within_segmentation = [&](double fraction) {
    report(progress, kReadDone + fraction * (kSegmentDone - kReadDone));
  };
  auto labels = tools.segmenter.segment(source->volume, log, within_segmentation, stop);
  if (!labels) return std::move(labels).error().in("segment");
  report(progress, kSegmentDone);
  if (stop.stop_requested()) return stopped("examining");

  auto findings = log.timed("examine", [&] {
    return tools.examiner.examine(source->volume, *labels, tools.segmenter.info(), stop);
  });
  if (!findings) return std::move(findings).error().in("examine the result");
  std::ranges::copy(source->doubts, std::back_inserter(findings->doubts));
  for (const Doubt& doubt : findings->doubts) log.notes.push_back(doubt.text);
  report(progress, kExamineDone);
  return Segmented{*std::move(source), *std::move(labels), *std::move(findings)};
}

}  // namespace

Result<SeriesResult> process_series(const SeriesTools& tools,
                                    std::span<const std::filesystem::path> files,
                                    const std::string& instances_digest,
                                    const std::filesystem::path& results,
                                    const ProgressSink& progress, std::stop_token stop) {
  JobLog log;
  auto segmented = segment_series(tools, files, log, progress, stop);
  if (!segmented) return std::move(segmented).error();

  const ModelInfo& model = tools.segmenter.info();
  const Time created_at = tools.clock.now();
  SeriesResult result;
  for (const ViewerProfile& profile : tools.profiles) {
    if (stop.stop_requested()) return stopped("encoding");
    const ResultIdentity identity =
        result_identity(instances_digest, model.sha256, tools.writer.settings(profile), tools.node);
    auto objects = log.timed("encode", [&] {
      return tools.writer.write({.source = segmented->source,
                                 .labels = segmented->labels,
                                 .model = model,
                                 .findings = segmented->findings,
                                 .identity = identity,
                                 .created_at = created_at},
                                profile, results);
    });
    if (!objects) return std::move(objects).error().in("write the result");
    result.packages.push_back({profile.name, *std::move(objects)});
  }
  report(progress, 1.0);
  result.hold = reasons_to_hold(segmented->findings, tools.hold);
  result.findings = std::move(segmented->findings);
  result.log = std::move(log);
  return result;
}

}  // namespace hilum::pipeline
