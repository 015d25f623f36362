#include "model/evaluate/evaluate_cases.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <string_view>
#include <utility>

#include "model/nifti/nifti.h"

namespace hilum::model::evaluate {
namespace {

namespace fs = std::filesystem;
using train::DatasetEntry;

/// Scoring takes about this share of a case's time beside the network; only for the progress bar.
constexpr double kSegmentingShare = 0.9;

bool says_synthetic(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return text.find("synthetic") != std::string::npos || text.find("phantom") != std::string::npos;
}

bool file_says_synthetic(const fs::path& file) {
  const auto info = inspect_nifti(file);
  return info && says_synthetic(info->description);
}

std::vector<EvaluatedClass> classes_of(std::span<const ModelClass> classes) {
  std::vector<SegmentSpec> segments;
  for (const ModelClass& one : classes) segments.push_back(one.segment);
  return evaluated_classes(segments);
}

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

struct Reference {
  LabelMap labels;
  std::vector<std::uint8_t> labelled;
};

Result<Reference> read_reference(const DatasetEntry& entry, const CasesOptions& options) {
  auto labelled = train::labelled_classes(entry, options.classes);
  if (!labelled) return std::move(labelled).error();
  auto labels = read_nifti_labels(entry.labels);
  if (!labels) return std::move(labels).error();
  return Reference{*std::move(labels), *std::move(labelled)};
}

Status compare(const LabelMap& prediction, const Reference& reference, const CasesOptions& options,
               CaseResult& result) {
  const Stopwatch watch;
  auto scores = score_case(prediction, reference.labels, classes_of(options.classes),
                           reference.labelled, options.scoring);
  if (!scores) return std::move(scores).error();
  result.scores = *std::move(scores);
  result.score_seconds = watch.seconds();
  return ok();
}

Status evaluate_case(Segmenter& segmenter, const DatasetEntry& entry, const CasesOptions& options,
                     const ProgressSink& progress, CaseResult& result) {
  auto reference = read_reference(entry, options);
  if (!reference) return std::move(reference).error();
  LabelMap prediction;
  {
    auto ct = read_nifti_ct(entry.ct);
    if (!ct) return std::move(ct).error();
    auto same = check_same_grid(ct->geometry, reference->labels.geometry, "CT and labels");
    if (!same) return same;
    const Stopwatch watch;
    JobLog log;
    auto labels = segmenter.segment(*ct, log, progress, options.stop);
    result.notes = std::move(log.notes);
    if (!labels) return std::move(labels).error().in("segment");
    prediction = *std::move(labels);
    result.segment_seconds = watch.seconds();
  }
  return compare(prediction, *reference, options, result);
}

Status evaluate_pair(const fs::path& prediction, const DatasetEntry& entry,
                     const CasesOptions& options, CaseResult& result) {
  auto reference = read_reference(entry, options);
  if (!reference) return std::move(reference).error();
  auto labels = read_nifti_labels(prediction);
  if (!labels) return std::move(labels).error();
  auto same =
      check_same_grid(labels->geometry, reference->labels.geometry, "prediction and reference");
  if (!same) return same;
  return compare(*labels, *reference, options, result);
}

CaseResult new_result(const fs::path& ct, const DatasetEntry& entry) {
  return {.ct = ct.string(),
          .labels = entry.labels.string(),
          .kind = entry.kind,
          .synthetic = says_synthetic(entry.kind) || file_says_synthetic(ct) ||
                       file_says_synthetic(entry.labels),
          .failed = {},
          .notes = {},
          .scores = {}};
}

}  // namespace

std::vector<CaseResult> evaluate_cases(Segmenter& segmenter, std::span<const DatasetEntry> entries,
                                       const CasesOptions& options) {
  std::vector<CaseResult> results;
  for (std::size_t i = 0; i < entries.size() && !options.stop.stop_requested(); ++i) {
    const auto show = [&](double fraction) {
      const double done = static_cast<double>(i) + kSegmentingShare * fraction;
      if (options.progress) options.progress(done / static_cast<double>(entries.size()));
    };
    CaseResult result = new_result(entries[i].ct, entries[i]);
    auto done = evaluate_case(segmenter, entries[i], options, show, result);
    if (!done) result.failed = done.error().message;
    if (options.on_case) options.on_case(result);
    results.push_back(std::move(result));
  }
  if (options.progress) options.progress(1);
  return results;
}

CaseResult evaluate_prediction(const fs::path& prediction, const DatasetEntry& entry,
                               const CasesOptions& options) {
  CaseResult result = new_result(prediction, entry);
  if (auto done = evaluate_pair(prediction, entry, options, result); !done) {
    result.failed = done.error().message;
  }
  return result;
}

}  // namespace hilum::model::evaluate
