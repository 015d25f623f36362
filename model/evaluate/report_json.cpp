#include <nlohmann/json.hpp>
#include <optional>

#include "model/evaluate/report.h"

namespace hilum::model::evaluate {
namespace {

using Json = nlohmann::ordered_json;

Json json(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json json(const std::optional<Statistic>& value) {
  if (!value) return nullptr;
  return {{"n", value->n}, {"mean", value->mean}, {"sd", value->sd}, {"median", value->median}};
}

Json json(const BinScores& scores) {
  return {{"voxels", scores.voxels},
          {"right_class", scores.right_class},
          {"any_vessel", scores.any_vessel},
          {"wrong_vessel", scores.wrong_vessel},
          {"wrong_side", scores.wrong_side},
          {"recall", json(scores.recall())},
          {"found", json(scores.found())},
          {"vessel_confusion", json(scores.vessel_confusion())},
          {"side_confusion", json(scores.side_confusion())}};
}

template <class Value>
Json by_bin(const std::array<Value, kBins>& bins) {
  Json object = Json::object();
  for (std::size_t b = 0; b < kBins; ++b) object[bin_name(b)] = json(bins[b]);
  return object;
}

Json json(const VesselSummary& summary) {
  return {{"all", json(summary.all)}, {"bins", by_bin(summary.bin)}};
}

Json json(const ClassScores& scores, const std::string& label) {
  Json object{{"label", label},
              {"reference_voxels", scores.reference_voxels},
              {"predicted_voxels", scores.predicted_voxels},
              {"predicted_ml", scores.predicted_ml}};
  if (!scores.skipped.empty()) {
    object["skipped"] = scores.skipped;
    return object;
  }
  object["dice"] = scores.dice;
  object["surface_dice"] = scores.surface_dice;
  object["centreline_dice"] = scores.centreline_dice;
  object["recall"] = scores.recall;
  object["precision"] = json(scores.precision);
  object["bins"] = by_bin(scores.bins);
  return object;
}

Json json(const CaseResult& one, const std::vector<EvaluatedClass>& classes) {
  Json object{
      {"ct", one.ct}, {"labels", one.labels}, {"kind", one.kind}, {"synthetic", one.synthetic}};
  if (!one.failed.empty()) {
    object["failed"] = one.failed;
    return object;
  }
  object["notes"] = one.notes;
  if (!one.picture_failed.empty()) object["picture_failed"] = one.picture_failed;
  object["segment_seconds"] = one.segment_seconds;
  object["score_seconds"] = one.score_seconds;
  object["predicted_outside_lungs_and_mediastinum"] = json(one.implausible_share);
  object["any_vessel_dice"] = json(one.scores.any_vessel_dice);
  object["all_classes"] = json(one.scores.all);
  object["classes"] = Json::array();
  for (std::size_t k = 0; k < classes.size(); ++k) {
    object["classes"].push_back(json(one.scores.classes[k], classes[k].label));
  }
  return object;
}

Json json(const ClassSummary& summary) {
  return {{"label", summary.label},
          {"dice", json(summary.dice)},
          {"surface_dice", json(summary.surface_dice)},
          {"centreline_dice", json(summary.centreline_dice)},
          {"recall", json(summary.recall)},
          {"precision", json(summary.precision)},
          {"recall_by_bin", by_bin(summary.bin_recall)}};
}

Json json(const std::vector<WorstCase>& worst) {
  Json cases = Json::array();
  for (const WorstCase& one : worst) {
    cases.push_back({{"ct", one.name}, {"labels", one.description}, {"mean_dice", one.mean_dice}});
  }
  return cases;
}

/// What the scores were made on, in one word.
std::string_view data_kind(const Summary& summary) {
  if (summary.synthetic == 0) return "patients or unknown";
  return summary.synthetic == summary.scored ? "synthetic" : "partly synthetic";
}

Json json(const Summary& summary) {
  Json classes = Json::array();
  for (const ClassSummary& one : summary.classes) classes.push_back(json(one));
  return {{"scores_are", data_kind(summary)},
          {"cases", summary.scored},
          {"synthetic_cases", summary.synthetic},
          {"mean_dice", json(summary.mean_dice)},
          {"mean_surface_dice", json(summary.mean_surface_dice)},
          {"mean_centreline_dice", json(summary.mean_centreline_dice)},
          {"classes", std::move(classes)},
          {"any_vessel_dice", json(summary.any_vessel_dice)},
          {"recall", json(summary.recall)},
          {"found", json(summary.found)},
          {"vessel_confusion", json(summary.vessel_confusion)},
          {"side_confusion", json(summary.side_confusion)},
          {"vessel_confusion_from_4_mm", json(summary.thick_vessel_confusion)},
          {"side_confusion_from_4_mm", json(summary.thick_side_confusion)},
          {"predicted_outside_lungs_and_mediastinum", json(summary.implausible_share)},
          {"worst", json(summary.worst)}};
}

}  // namespace

std::string to_json(const EvaluationReport& report, const Summary& summary) {
  constexpr int kFormat = 1;
  constexpr int kIndent = 1;
  Json object{{"format", kFormat},
              {"model", report.model},
              {"bundle_sha256", report.bundle_sha256},
              {"trained", report.trained},
              {"device", report.device},
              {"data", report.data},
              {"split", report.split},
              {"overlap", report.overlap},
              {"threshold", report.threshold},
              {"prompts", report.prompts},
              {"surface_tolerance_mm", report.tolerance_mm},
              {"warning", summary.synthetic > 0 ? kSyntheticWarning : ""},
              {"summary", json(summary)},
              {"skipped", summary.skipped},
              {"cases", Json::array()}};
  for (const CaseResult& one : report.cases) {
    object["cases"].push_back(json(one, report.classes));
  }
  // Names of files need not be UTF-8.
  return object.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace hilum::model::evaluate
