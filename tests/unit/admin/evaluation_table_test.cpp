#include "admin/cli/evaluation_table.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include "model/standard_classes.h"

using namespace hilum;
using namespace hilum::admin;
using namespace hilum::model::evaluate;

namespace {

EvaluationReport report_with(int cases, bool synthetic) {
  EvaluationReport report;
  report.model = "LA-CAF 1.0";
  report.bundle_sha256 = std::string(64, 'f');
  report.data = "list.csv";
  report.split = "test";
  report.classes = evaluated_classes(model::standard_segments());
  for (int i = 0; i < cases; ++i) {
    CaseResult one;
    one.synthetic = synthetic;
    one.scores.classes.resize(4);
    for (auto& scores : one.scores.classes) {
      scores.dice = 0.75 + 0.01 * i;
      scores.bins[3] = {.voxels = 123456789,
                        .right_class = 100000000,
                        .any_vessel = 120000000,
                        .wrong_vessel = 20000000,
                        .wrong_side = 0};
      one.scores.all.add(scores.bins[3]);
    }
    one.scores.any_vessel_dice = 0.9;
    report.cases.push_back(one);
  }
  return report;
}

std::string table_of(const EvaluationReport& report) {
  return evaluation_table(report, summarise(report));
}

}  // namespace

TEST_CASE("evaluation table: fits a terminal of 80 columns and says n, mean, spread and median") {
  for (const bool synthetic : {false, true}) {
    EvaluationReport report = report_with(3, synthetic);
    report.cases[0].implausible_share = 0.123;
    std::istringstream lines(table_of(report));
    for (std::string line; std::getline(lines, line);) {
      // The plus-minus sign has two bytes.
      const std::size_t signs = line.find("\xc2\xb1") == std::string::npos ? 0 : 1;
      CHECK_MESSAGE(line.size() - signs <= 80, line);
    }
  }
  const std::string text = table_of(report_with(3, false));
  CHECK(text.find("0.760 \xc2\xb1 0.010") != std::string::npos);
  CHECK(text.find(">= 8 mm") != std::string::npos);
  CHECK(text.find("16.7 %") != std::string::npos);
  CHECK(text.find("3 of 3 cases scored") != std::string::npos);
  CHECK(text.find("SYNTHETIC") == std::string::npos);
}

TEST_CASE("evaluation table: synthetic data and untrained models are called so at the top") {
  const std::string synthetic = table_of(report_with(2, true));
  CHECK(synthetic.starts_with("SYNTHETIC DATA. Scores on synthetic data say nothing"));
  for (const char* head : {"SYNTHETIC: CLASS", "SYNTHETIC: DIAMETER", "SYNTHETIC: Confused"}) {
    CAPTURE(head);
    CHECK(synthetic.find(head) != std::string::npos);
  }
  EvaluationReport mixed = report_with(2, true);
  mixed.cases[0].synthetic = false;
  mixed.trained = false;
  const std::string text = table_of(mixed);
  CHECK(text.starts_with("PARTLY SYNTHETIC DATA: 1 of 2"));
  CHECK(text.find("UNTRAINED") != std::string::npos);
}

TEST_CASE("evaluation table: names the worst cases and the confusion of thick vessels") {
  EvaluationReport report = report_with(5, true);
  for (std::size_t i = 0; i < 5; ++i) {
    report.cases[i].ct = "phantom seed " + std::to_string(i);
    report.cases[i].labels = "1.5 mm";
    report.cases[i].implausible_share = 0.25;
  }
  const std::string text = table_of(report);
  CHECK(text.find("mm on: artery/vein 16.7 %, left/right 0.0 %") != std::string::npos);
  CHECK(text.find("outside lungs and mediastinum: 25.0 %") != std::string::npos);
  const std::size_t worst = text.find("lowest mean Dice");
  REQUIRE(worst != std::string::npos);
  CHECK(text.find("0.750  phantom seed 0", worst) != std::string::npos);
  CHECK(text.find("0.770  phantom seed 2", worst) != std::string::npos);
  CHECK(text.find("phantom seed 3", worst) == std::string::npos);
}

TEST_CASE("evaluation table: without a scored case it says why") {
  EvaluationReport report = report_with(1, true);
  report.cases[0].ct = "a.nii.gz";
  report.cases[0].failed = "read a.nii.gz: there is no such file";
  const std::string text = table_of(report);
  CHECK(text.find("0 of 1 case scored") != std::string::npos);
  CHECK(text.find("a.nii.gz: read a.nii.gz: there is no such file") != std::string::npos);
  CHECK(text.find("DICE") == std::string::npos);
}
