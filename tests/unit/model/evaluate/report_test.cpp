#include "model/evaluate/report.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "model/standard_classes.h"

using namespace hilum;
using namespace hilum::model::evaluate;
using doctest::Approx;

namespace {

ClassScores scored(double dice, std::uint64_t voxels, std::uint64_t found) {
  ClassScores scores;
  scores.reference_voxels = voxels;
  scores.predicted_voxels = found;
  scores.dice = dice;
  scores.surface_dice = dice / 2;
  scores.centreline_dice = dice / 4;
  scores.recall = static_cast<double>(found) / static_cast<double>(voxels);
  scores.bins[1] = {.voxels = voxels,
                    .right_class = found,
                    .any_vessel = found,
                    .wrong_vessel = 0,
                    .wrong_side = 0};
  return scores;
}

ClassScores skipped(const std::string& reason) {
  ClassScores scores;
  scores.skipped = reason;
  return scores;
}

CaseResult case_of(std::vector<ClassScores> classes) {
  CaseResult one;
  one.ct = "a/ct.nii.gz";
  one.scores.classes = std::move(classes);
  for (const ClassScores& scores : one.scores.classes) {
    for (const BinScores& bin : scores.bins) one.scores.all.add(bin);
  }
  one.scores.any_vessel_dice = 0.5;
  return one;
}

EvaluationReport two_classes() {
  auto classes = evaluated_classes(model::standard_segments());
  classes.resize(2);
  EvaluationReport report;
  report.classes = classes;
  return report;
}

}  // namespace

TEST_CASE("report: mean, standard deviation and median") {
  CHECK_FALSE(statistic({}));
  const auto one = statistic({0.7});
  CHECK(one->n == 1);
  CHECK(one->mean == Approx(0.7));
  CHECK(one->sd == 0);
  CHECK(one->median == Approx(0.7));
  const auto four = statistic({4, 1, 3, 2});
  CHECK(four->mean == Approx(2.5));
  CHECK(four->sd == Approx(std::sqrt(5.0 / 3)));
  CHECK(four->median == Approx(2.5));
  CHECK(statistic({9, 1, 2})->median == Approx(2));
}

TEST_CASE("report: means are over what was scored, the rest is named with its reason") {
  EvaluationReport report = two_classes();
  report.cases.push_back(case_of({scored(0.8, 100, 50), skipped("not labelled")}));
  report.cases.push_back(case_of({scored(0.6, 100, 100), scored(0.4, 10, 5)}));
  report.cases.push_back(
      case_of({scored(0.7, 100, 75), skipped("absent in the reference (8 voxels predicted)")}));
  CaseResult failed;
  failed.ct = "b/ct.nii.gz";
  failed.failed = "truncated";
  failed.synthetic = true;  // of no consequence, for it has no scores
  report.cases.push_back(failed);

  const Summary summary = summarise(report);
  CHECK(summary.scored == 3);
  CHECK(summary.synthetic == 0);
  CHECK(summary.classes[0].dice->n == 3);
  CHECK(summary.classes[0].dice->mean == Approx(0.7));
  CHECK(summary.classes[0].surface_dice->mean == Approx(0.35));
  CHECK(summary.classes[0].recall->mean == Approx(0.75));
  CHECK_FALSE(summary.classes[0].precision);
  CHECK(summary.classes[1].dice->n == 1);
  CHECK(*summary.mean_dice == Approx((0.7 + 0.4) / 2));
  CHECK(summary.classes[0].bin_recall[1]->n == 3);
  CHECK_FALSE(summary.classes[0].bin_recall[0]);
  CHECK(summary.classes[0].bin_voxels[1] == 300);
  // Each case counts once: 0.5, 105/110, 0.75.
  CHECK(summary.recall.all->mean == Approx((0.5 + 105.0 / 110 + 0.75) / 3));
  CHECK(summary.skipped ==
        std::vector<std::string>{"Left pulmonary vein, 1 case: absent in the reference",
                                 "Left pulmonary vein, 1 case: not labelled",
                                 "b/ct.nii.gz: truncated"});
}

TEST_CASE("report: without a scored case there are no means") {
  EvaluationReport report = two_classes();
  const Summary summary = summarise(report);
  CHECK(summary.scored == 0);
  CHECK_FALSE(summary.mean_dice);
  CHECK_FALSE(summary.recall.all);
}

TEST_CASE("report: the JSON holds every number of every case, and the bundle's digest") {
  EvaluationReport report = two_classes();
  report.model = "LA-CAF 1";
  report.bundle_sha256 = std::string(64, 'a');
  report.split = "test";
  report.cases.push_back(case_of({scored(0.8, 100, 50), skipped("not labelled")}));
  report.cases[0].synthetic = true;
  report.cases[0].ct = "caf\xe9/ct.nii.gz";  // no UTF-8
  CaseResult failed;
  failed.ct = "b";
  failed.failed = "truncated";
  report.cases.push_back(failed);
  const auto json = nlohmann::json::parse(to_json(report, summarise(report)));
  CHECK(json["bundle_sha256"] == std::string(64, 'a'));
  CHECK(json["summary"]["synthetic_cases"] == 1);
  CHECK(json["summary"]["classes"][0]["dice"]["mean"] == Approx(0.8));
  CHECK(json["summary"]["classes"][1]["dice"].is_null());
  const auto& first = json["cases"][0]["classes"][0];
  CHECK(first["label"] == "Left pulmonary artery");
  CHECK(first["dice"] == Approx(0.8));
  CHECK(first["precision"].is_null());
  CHECK(first["bins"]["2-4 mm"]["recall"] == Approx(0.5));
  CHECK(first["bins"]["< 2 mm"]["recall"].is_null());
  CHECK(json["cases"][0]["classes"][1]["skipped"] == "not labelled");
  CHECK(json["cases"][1]["failed"] == "truncated");
  CHECK(json["skipped"].size() == 2);
}

TEST_CASE("report: confusion of thick vessels counts bins from 4 mm on alone") {
  EvaluationReport report = two_classes();
  CaseResult one = case_of({scored(0.8, 100, 50), scored(0.6, 100, 100)});
  // 2-4 mm holds what `scored` made, without confusion.
  one.scores.classes[0].bins[2] = {
      .voxels = 100, .right_class = 60, .any_vessel = 80, .wrong_vessel = 8, .wrong_side = 4};
  one.scores.classes[1].bins[3] = {
      .voxels = 50, .right_class = 10, .any_vessel = 20, .wrong_vessel = 12, .wrong_side = 0};
  one.scores.classes[1].bins[1].wrong_vessel = 50;
  report.cases.push_back(one);
  const Summary summary = summarise(report);
  REQUIRE(summary.thick_vessel_confusion);
  CHECK(summary.thick_vessel_confusion->mean == Approx(0.2));
  CHECK(summary.thick_side_confusion->mean == Approx(0.04));
}

TEST_CASE("report: the worst three cases are named, the worst first, failed ones are not") {
  EvaluationReport report = two_classes();
  for (const double dice : {0.9, 0.3, 0.7, 0.5}) {
    CaseResult one = case_of({scored(dice, 100, 50), skipped("not labelled")});
    one.ct = "seed " + std::to_string(static_cast<int>(dice * 10));
    one.labels = "what is special";
    report.cases.push_back(one);
  }
  CaseResult failed;
  failed.failed = "no";
  report.cases.push_back(failed);
  const Summary summary = summarise(report);
  REQUIRE(summary.worst.size() == 3);
  CHECK(summary.worst[0].name == "seed 3");
  CHECK(summary.worst[0].mean_dice == Approx(0.3));
  CHECK(summary.worst[0].description == "what is special");
  CHECK(summary.worst[1].name == "seed 5");
  CHECK(summary.worst[2].name == "seed 7");
}

TEST_CASE("report: JSON says that scores on synthetic data are no scores on patients") {
  EvaluationReport report = two_classes();
  report.cases.push_back(case_of({scored(0.8, 100, 50), scored(0.6, 10, 5)}));
  const auto parsed = [&] { return nlohmann::json::parse(to_json(report, summarise(report))); };
  CHECK(parsed()["summary"]["scores_are"] == "patients or unknown");
  CHECK(parsed()["warning"] == "");
  report.cases[0].synthetic = true;
  CHECK(parsed()["summary"]["scores_are"] == "synthetic");
  CHECK(parsed()["warning"] == "Scores on synthetic data say nothing about accuracy on patients");
  report.cases.push_back(case_of({scored(0.8, 100, 50), scored(0.6, 10, 5)}));
  CHECK(parsed()["summary"]["scores_are"] == "partly synthetic");
}
