#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/evaluate/scores.h"

namespace hilum::model::evaluate {

/// One line of a data set and what became of it.
struct CaseResult {
  std::string ct;      ///< or the prediction, where no model ran
  std::string labels;  ///< the reference
  std::string kind;    ///< the list's free word
  bool synthetic = false;
  std::string failed;              ///< why there are no scores; empty when there are
  std::vector<std::string> notes;  ///< of the segmenter
  std::string picture_failed;      ///< why a picture was not written; empty: it was, or none asked
  CaseScores scores;
  /// Of all predicted voxels those where no vessel of the lungs can be; where that is known.
  std::optional<double> implausible_share;
  double segment_seconds = 0;
  double score_seconds = 0;
};

/// Everything that a report says, before any means.
struct EvaluationReport {
  std::string model;          ///< name and version; empty where no model ran
  std::string bundle_sha256;  ///< likewise
  std::string device;
  bool trained = true;
  std::string data;                  ///< the list, or the reference
  std::string split;                 ///< empty: all
  double overlap = 0;                ///< of the windows; 0 where no model ran
  double threshold = 0;              ///< from which a voxel is of a class; 0 where no model ran
  std::vector<std::string> prompts;  ///< "LABEL=TEXT" where another than the bundle's was used
  double tolerance_mm = 1.5;
  std::vector<EvaluatedClass> classes;
  std::vector<CaseResult> cases;
};

/// Thick vessels, in the bins from this diameter on.
inline constexpr double kThickMm = 4;
/// What everybody must know who reads a score on phantoms.
inline constexpr std::string_view kSyntheticWarning =
    "Scores on synthetic data say nothing about accuracy on patients";

/// Mean, standard deviation (n - 1 in the denominator; 0 for n = 1) and median.
struct Statistic {
  int n = 0;
  double mean = 0;
  double sd = 0;
  double median = 0;
};
/// Absent without values.
std::optional<Statistic> statistic(std::vector<double> values);

/// Mean Dice over a case's scored classes; absent without one.
std::optional<double> mean_dice_of(const CaseScores& scores);

/// Over the cases in which the class was scored; precision over those where something was
/// predicted.
struct ClassSummary {
  std::string label;
  std::optional<Statistic> dice;
  std::optional<Statistic> surface_dice;
  std::optional<Statistic> centreline_dice;
  std::optional<Statistic> recall;
  std::optional<Statistic> precision;
  /// Over the cases where the bin holds voxels.
  std::array<std::optional<Statistic>, kBins> bin_recall;
  std::array<std::uint64_t, kBins> bin_voxels{};  ///< sum over cases
};

/// A metric over all classes: in each bin and altogether.
struct VesselSummary {
  std::array<std::optional<Statistic>, kBins> bin;
  std::optional<Statistic> all;
};

/// A case to look at.
struct WorstCase {
  std::string name;         ///< `CaseResult::ct`
  std::string description;  ///< `CaseResult::labels`
  double mean_dice = 0;     ///< over its scored classes
};

struct Summary {
  int scored = 0;     ///< cases
  int synthetic = 0;  ///< of these
  std::vector<ClassSummary> classes;
  /// Each class's mean once more averaged over the classes, which the paper reports; absent when no
  /// class was scored.
  std::optional<double> mean_dice;
  std::optional<double> mean_surface_dice;
  std::optional<double> mean_centreline_dice;
  std::optional<Statistic> any_vessel_dice;
  VesselSummary recall;
  VesselSummary found;
  VesselSummary vessel_confusion;
  VesselSummary side_confusion;
  /// The same for vessels of at least kThickMm alone, which is the acceptance's measure.
  std::optional<Statistic> thick_vessel_confusion;
  std::optional<Statistic> thick_side_confusion;
  std::optional<Statistic> implausible_share;
  std::vector<WorstCase> worst;  ///< up to three, the worst first
  /// What was left out, for people: "Left pulmonary vein, 3 cases: not labelled", and cases that
  /// failed with their reason.
  std::vector<std::string> skipped;
};

Summary summarise(const EvaluationReport& report);

/// The whole report with every case as JSON: README.md, "JSON".
std::string to_json(const EvaluationReport& report, const Summary& summary);

}  // namespace hilum::model::evaluate
