#include "model/evaluate/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <utility>

namespace hilum::model::evaluate {
namespace {

/// Collects values that may be absent.
class Values {
 public:
  void add(const std::optional<double>& value) {
    if (value) values_.push_back(*value);
  }
  std::optional<Statistic> take() { return statistic(std::move(values_)); }

 private:
  std::vector<double> values_;
};

std::vector<const CaseScores*> scored_cases(const EvaluationReport& report) {
  std::vector<const CaseScores*> cases;
  for (const CaseResult& one : report.cases) {
    if (one.failed.empty()) cases.push_back(&one.scores);
  }
  return cases;
}

ClassSummary summarise_class(const std::vector<const CaseScores*>& cases, std::size_t k,
                             const std::string& label) {
  ClassSummary summary;
  summary.label = label;
  Values dice;
  Values surface;
  Values centreline;
  Values recall;
  Values precision;
  std::array<Values, kBins> bins;
  for (const CaseScores* one : cases) {
    const ClassScores& scores = one->classes[k];
    if (!scores.skipped.empty()) continue;
    dice.add(scores.dice);
    surface.add(scores.surface_dice);
    centreline.add(scores.centreline_dice);
    recall.add(scores.recall);
    precision.add(scores.precision);
    for (std::size_t b = 0; b < kBins; ++b) {
      bins[b].add(scores.bins[b].recall());
      summary.bin_voxels[b] += scores.bins[b].voxels;
    }
  }
  summary.dice = dice.take();
  summary.surface_dice = surface.take();
  summary.centreline_dice = centreline.take();
  summary.recall = recall.take();
  summary.precision = precision.take();
  for (std::size_t b = 0; b < kBins; ++b) summary.bin_recall[b] = bins[b].take();
  return summary;
}

using Share = std::optional<double> (BinScores::*)() const;

VesselSummary summarise_share(const std::vector<const CaseScores*>& cases, Share share) {
  Values all;
  std::array<Values, kBins> bins;
  for (const CaseScores* one : cases) {
    all.add(std::invoke(share, one->all));
    for (std::size_t b = 0; b < kBins; ++b) {
      BinScores sum;
      for (const ClassScores& scores : one->classes) sum.add(scores.bins[b]);
      bins[b].add(std::invoke(share, sum));
    }
  }
  VesselSummary summary{.bin = {}, .all = all.take()};
  for (std::size_t b = 0; b < kBins; ++b) summary.bin[b] = bins[b].take();
  return summary;
}

/// A share over all vessels of at least kThickMm.
std::optional<Statistic> thick_share(const std::vector<const CaseScores*>& cases, Share share) {
  Values values;
  for (const CaseScores* one : cases) {
    BinScores sum;
    for (const ClassScores& scores : one->classes) {
      for (std::size_t b = 1; b < kBins; ++b) {
        if (kBinEdgesMm[b - 1] >= kThickMm) sum.add(scores.bins[b]);
      }
    }
    values.add(std::invoke(share, sum));
  }
  return values.take();
}

std::vector<WorstCase> worst_cases(const EvaluationReport& report) {
  constexpr std::size_t kMost = 3;
  std::vector<WorstCase> worst;
  for (const CaseResult& one : report.cases) {
    const auto dice = one.failed.empty() ? mean_dice_of(one.scores) : std::nullopt;
    if (dice) worst.push_back({.name = one.ct, .description = one.labels, .mean_dice = *dice});
  }
  std::ranges::stable_sort(worst, {}, &WorstCase::mean_dice);
  if (worst.size() > kMost) worst.resize(kMost);
  return worst;
}

/// "(8 voxels predicted)" differs from case to case; what is before it does not.
std::string reason_alone(const std::string& skipped) {
  return skipped.substr(0, skipped.find(" ("));
}

std::vector<std::string> skipped_lines(const EvaluationReport& report) {
  std::vector<std::string> lines;
  for (std::size_t k = 0; k < report.classes.size(); ++k) {
    std::map<std::string, int> cases_by_reason;
    for (const CaseResult& one : report.cases) {
      if (!one.failed.empty()) continue;
      const std::string& skipped = one.scores.classes[k].skipped;
      if (!skipped.empty()) ++cases_by_reason[reason_alone(skipped)];
    }
    for (const auto& [reason, cases] : cases_by_reason) {
      lines.push_back(fmt::format("{}, {} {}: {}", report.classes[k].label, cases,
                                  cases == 1 ? "case" : "cases", reason));
    }
  }
  for (const CaseResult& one : report.cases) {
    if (!one.failed.empty()) lines.push_back(fmt::format("{}: {}", one.ct, one.failed));
  }
  return lines;
}

std::optional<double> mean_over_classes(const std::vector<ClassSummary>& classes,
                                        std::optional<Statistic> ClassSummary::*metric) {
  double sum = 0;
  int count = 0;
  for (const ClassSummary& one : classes) {
    if (!(one.*metric)) continue;
    sum += (one.*metric)->mean;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

}  // namespace

std::optional<Statistic> statistic(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  const auto n = static_cast<double>(values.size());
  Statistic result{.n = static_cast<int>(values.size()),
                   .mean = std::accumulate(values.begin(), values.end(), 0.0) / n};
  double squares = 0;
  for (const double v : values) squares += (v - result.mean) * (v - result.mean);
  if (values.size() > 1) result.sd = std::sqrt(squares / (n - 1));
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  result.median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return result;
}

std::optional<double> mean_dice_of(const CaseScores& one) {
  double sum = 0;
  int count = 0;
  for (const ClassScores& scores : one.classes) {
    if (!scores.skipped.empty()) continue;
    sum += scores.dice;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

Summary summarise(const EvaluationReport& report) {
  const auto cases = scored_cases(report);
  Summary summary;
  summary.scored = static_cast<int>(cases.size());
  summary.synthetic = static_cast<int>(
      std::count_if(report.cases.begin(), report.cases.end(),
                    [](const CaseResult& one) { return one.failed.empty() && one.synthetic; }));
  for (std::size_t k = 0; k < report.classes.size(); ++k) {
    summary.classes.push_back(summarise_class(cases, k, report.classes[k].label));
  }
  summary.mean_dice = mean_over_classes(summary.classes, &ClassSummary::dice);
  summary.mean_surface_dice = mean_over_classes(summary.classes, &ClassSummary::surface_dice);
  summary.mean_centreline_dice = mean_over_classes(summary.classes, &ClassSummary::centreline_dice);
  Values any;
  for (const CaseScores* one : cases) any.add(one->any_vessel_dice);
  summary.any_vessel_dice = any.take();
  summary.recall = summarise_share(cases, &BinScores::recall);
  summary.found = summarise_share(cases, &BinScores::found);
  summary.vessel_confusion = summarise_share(cases, &BinScores::vessel_confusion);
  summary.side_confusion = summarise_share(cases, &BinScores::side_confusion);
  summary.thick_vessel_confusion = thick_share(cases, &BinScores::vessel_confusion);
  summary.thick_side_confusion = thick_share(cases, &BinScores::side_confusion);
  Values implausible;
  for (const CaseResult& one : report.cases) {
    if (one.failed.empty()) implausible.add(one.implausible_share);
  }
  summary.implausible_share = implausible.take();
  summary.worst = worst_cases(report);
  summary.skipped = skipped_lines(report);
  return summary;
}

}  // namespace hilum::model::evaluate
