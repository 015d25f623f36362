#include "model/evaluate/evaluate_cases.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "model/evaluate/error_sheet.h"
#include "model/nifti/nifti.h"
#include "model/train/prefetch.h"

namespace hilum::model::evaluate {
namespace {

namespace fs = std::filesystem;
using train::DatasetEntry;

/// Scoring takes about this share of a case's time beside the network; only for the progress bar.
constexpr double kSegmentingShare = 0.9;

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The share of the predicted voxels that lie where no vessel of the lungs can be; absent when
/// nobody knows where that is, or nothing was predicted.
std::optional<double> implausible_share(const LabelMap& prediction,
                                        const std::vector<std::uint8_t>& plausible) {
  if (plausible.size() != prediction.label.size()) return std::nullopt;
  std::uint64_t predicted = 0;
  std::uint64_t outside = 0;
  for (std::size_t i = 0; i < plausible.size(); ++i) {
    if (prediction.label[i] == 0) continue;
    ++predicted;
    outside += plausible[i] == 0 ? 1 : 0;
  }
  if (predicted == 0) return std::nullopt;
  return static_cast<double>(outside) / static_cast<double>(predicted);
}

void draw(const LabelMap& prediction, const LoadedCase& one, const CasesOptions& options,
          std::size_t number, CaseResult& result) {
  const auto written = write_png(
      error_sheet(prediction, one.reference, evaluated_classes(options.classes), one.labelled),
      options.pictures / picture_name(number, result));
  if (!written) result.picture_failed = written.error().message;
}

Status compare(const LabelMap& prediction, const LoadedCase& one, const CasesOptions& options,
               std::size_t number, CaseResult& result) {
  const Stopwatch watch;
  auto scores = score_case(prediction, one.reference, evaluated_classes(options.classes),
                           one.labelled, options.scoring);
  if (!scores) return std::move(scores).error();
  result.scores = *std::move(scores);
  result.implausible_share = implausible_share(prediction, one.plausible);
  result.score_seconds = watch.seconds();
  if (!options.pictures.empty()) draw(prediction, one, options, number, result);
  return ok();
}

Status evaluate_case(Segmenter& segmenter, Result<LoadedCase> loaded, const CasesOptions& options,
                     const ProgressSink& progress, std::size_t number, CaseResult& result) {
  if (!loaded) return std::move(loaded).error();
  const Stopwatch watch;
  JobLog log;
  auto labels = segmenter.segment(loaded->ct, log, progress, options.stop);
  result.notes = std::move(log.notes);
  if (!labels) return std::move(labels).error().in("segment");
  result.segment_seconds = watch.seconds();
  loaded->ct = {};
  return compare(*labels, *loaded, options, number, result);
}

Status evaluate_pair(const fs::path& prediction, const DatasetEntry& entry,
                     const CasesOptions& options, CaseResult& result) {
  auto one = load_reference(entry, options.classes);
  if (!one) return std::move(one).error();
  auto labels = read_nifti_labels(prediction);
  if (!labels) return std::move(labels).error();
  auto same =
      check_same_grid(labels->geometry, one->reference.geometry, "prediction and reference");
  if (!same) return same;
  return compare(*labels, *one, options, 1, result);
}

CaseResult new_result(CaseName name) {
  CaseResult result;
  result.ct = std::move(name.ct);
  result.labels = std::move(name.labels);
  result.kind = std::move(name.kind);
  result.synthetic = name.synthetic;
  return result;
}

}  // namespace

std::string picture_name(std::size_t number, const CaseResult& one) {
  std::string name = fs::path(one.ct).filename().string();
  for (char& letter : name) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= '0' && letter <= '9') || letter == '.' || letter == '-';
    if (!plain) letter = '_';
  }
  return fmt::format("{:03}_{}.png", number, name);
}

std::vector<CaseResult> evaluate_cases(Segmenter& segmenter, const CaseSource& cases,
                                       const CasesOptions& options) {
  const auto load = [&cases](std::int64_t number) -> Result<LoadedCase> {
    const auto i = static_cast<std::size_t>(number);
    if (i >= cases.count()) return Error{ErrorCode::kNotFound, "there are no more cases"};
    return cases.load(i);
  };
  train::Prefetch<LoadedCase> loaded(load, {.threads = 1, .ahead = 1});
  std::vector<CaseResult> results;
  for (std::size_t i = 0; i < cases.count() && !options.stop.stop_requested(); ++i) {
    const auto show = [&](double fraction) {
      const double done = static_cast<double>(i) + kSegmentingShare * fraction;
      if (options.progress) options.progress(done / static_cast<double>(cases.count()));
    };
    CaseResult result = new_result(cases.name(i));
    auto done = evaluate_case(segmenter, loaded.next(), options, show, i + 1, result);
    if (!done) result.failed = done.error().message;
    if (options.on_case) options.on_case(result);
    results.push_back(std::move(result));
  }
  if (options.progress) options.progress(1);
  return results;
}

CaseResult evaluate_prediction(const fs::path& prediction, const DatasetEntry& entry,
                               const CasesOptions& options) {
  CaseResult result = new_result(name_of(prediction.string(), entry));
  if (auto done = evaluate_pair(prediction, entry, options, result); !done) {
    result.failed = done.error().message;
  }
  return result;
}

}  // namespace hilum::model::evaluate
