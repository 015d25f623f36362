#include "model/evaluate/scores.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "model/standard_classes.h"
#include "tests/unit/model/shapes.h"

using namespace hilum;
using namespace hilum::model::evaluate;
using doctest::Approx;
using test::fill;

namespace {

const std::vector<std::uint8_t> kAllLabelled{1, 1, 1, 1};

std::vector<EvaluatedClass> four_classes() { return evaluated_classes(model::standard_segments()); }

CaseScores scores_of(const LabelMap& prediction, const LabelMap& reference,
                     const std::vector<std::uint8_t>& labelled = kAllLabelled, int threads = 2) {
  const auto scores =
      score_case(prediction, reference, four_classes(), labelled, {.threads = threads});
  REQUIRE_MESSAGE(scores, scores.error().message);
  return *scores;
}

/// Left artery, left vein, right artery, right vein: four bars of 4 x 4 x 40 voxels.
LabelMap four_bars() {
  LabelMap map = test::empty_labels({20, 20, 50});
  fill(map, {2, 2, 5}, {6, 6, 45}, 1);
  fill(map, {2, 12, 5}, {6, 16, 45}, 2);
  fill(map, {12, 2, 5}, {16, 6, 45}, 3);
  fill(map, {12, 12, 5}, {16, 16, 45}, 4);
  return map;
}

}  // namespace

TEST_CASE("scores: a perfect prediction") {
  const LabelMap map = four_bars();
  const CaseScores scores = scores_of(map, map);
  REQUIRE(scores.classes.size() == 4);
  for (const ClassScores& one : scores.classes) {
    CHECK(one.skipped.empty());
    CHECK(one.reference_voxels == 640);
    CHECK(one.dice == Approx(1));
    CHECK(one.surface_dice == Approx(1));
    CHECK(one.centreline_dice == Approx(1));
    CHECK(one.recall == Approx(1));
    CHECK(*one.precision == Approx(1));
  }
  CHECK(*scores.any_vessel_dice == Approx(1));
  CHECK(*scores.all.vessel_confusion() == 0);
  CHECK(*scores.all.side_confusion() == 0);
}

TEST_CASE("scores: overlap of a shifted bar") {
  const LabelMap reference = four_bars();
  LabelMap prediction = four_bars();
  fill(prediction, {2, 2, 5}, {6, 6, 15}, 0);   // a quarter of the left artery is missed
  fill(prediction, {2, 2, 45}, {6, 6, 50}, 1);  // and 80 voxels are too many
  const ClassScores one = scores_of(prediction, reference).classes[0];
  CHECK(one.predicted_voxels == 560);
  CHECK(one.predicted_ml == Approx(560 * prediction.geometry.voxel_ml()));
  CHECK(one.dice == Approx(2 * 480.0 / (640 + 560)));
  CHECK(one.recall == Approx(0.75));
  CHECK(*one.precision == Approx(480.0 / 560));
  CHECK(one.surface_dice < 0.9);
  CHECK(one.centreline_dice < 0.9);
}

TEST_CASE("scores: artery called vein and left called right are told apart") {
  const LabelMap reference = four_bars();
  LabelMap prediction = four_bars();
  fill(prediction, {2, 2, 5}, {6, 6, 15}, 2);      // left artery -> left vein: 160
  fill(prediction, {2, 12, 5}, {6, 16, 10}, 4);    // left vein -> right vein: 80
  fill(prediction, {12, 2, 5}, {16, 6, 10}, 2);    // right artery -> left vein: 80, both wrong
  fill(prediction, {12, 12, 5}, {16, 16, 25}, 0);  // right vein missed: 320
  const CaseScores scores = scores_of(prediction, reference);
  const BinScores& all = scores.all;
  CHECK(all.voxels == 2560);
  CHECK(all.any_vessel == 2240);
  CHECK(all.wrong_vessel == 240);
  CHECK(all.wrong_side == 160);
  CHECK(*all.vessel_confusion() == Approx(240.0 / 2240));
  CHECK(*all.side_confusion() == Approx(160.0 / 2240));
  CHECK(*all.found() == Approx(2240.0 / 2560));
  CHECK(*scores.any_vessel_dice == Approx(2 * 2240.0 / (2560 + 2240)));
  // The bins hold the same voxels.
  BinScores sum;
  for (const ClassScores& one : scores.classes) {
    for (const BinScores& bin : one.bins) sum.add(bin);
  }
  CHECK(sum.voxels == all.voxels);
  CHECK(sum.right_class == all.right_class);
  CHECK(sum.any_vessel == all.any_vessel);
  CHECK(sum.wrong_vessel == all.wrong_vessel);
  CHECK(sum.wrong_side == all.wrong_side);
}

TEST_CASE("scores: voxels are sorted into bins by the diameter of their vessel") {
  // Steps of 1 mm: bars 1, 3, 5 and 11 voxels wide are 1, 3, 5 and 11 mm.
  LabelMap reference = test::empty_labels({40, 60, 60});
  fill(reference, {5, 5, 5}, {6, 6, 55}, 1);
  fill(reference, {5, 15, 5}, {8, 18, 55}, 1);
  fill(reference, {5, 25, 5}, {10, 30, 55}, 1);
  fill(reference, {5, 40, 0}, {16, 51, 60}, 1);
  LabelMap prediction = reference;
  fill(prediction, {5, 15, 5}, {8, 18, 30}, 0);  // half of the 3 mm vessel is missed
  const auto bins = scores_of(prediction, reference).classes[0].bins;
  CHECK(bins[0].voxels == 50);
  CHECK(bins[1].voxels == 450);
  CHECK(bins[2].voxels == 1250);
  CHECK(bins[3].voxels == 7260);
  CHECK(*bins[0].recall() == Approx(1));
  CHECK(*bins[1].recall() == Approx(0.5));
  CHECK(*bins[2].recall() == Approx(1));
  CHECK_FALSE(bins[3].vessel_confusion().value_or(1) > 0);
  CHECK(bin_name(0) == "< 2 mm");
  CHECK(bin_name(1) == "2-4 mm");
  CHECK(bin_name(3) == ">= 8 mm");
}

TEST_CASE("scores: what is absent in the reference or not labelled is skipped and says so") {
  LabelMap reference = four_bars();
  fill(reference, {2, 12, 5}, {6, 16, 45}, 0);  // no left vein
  LabelMap prediction = four_bars();
  const CaseScores scores = scores_of(prediction, reference, {1, 1, 0, 0});
  CHECK(scores.classes[0].skipped.empty());
  CHECK(scores.classes[1].skipped == "absent in the reference (640 voxels predicted)");
  CHECK(scores.classes[2].skipped == "not labelled");
  CHECK(scores.classes[3].skipped == "not labelled");
  CHECK(scores.all.voxels == 640);
  // Predicted right vessels are unknown, not wrong; the predicted left vein is wrong.
  CHECK(*scores.any_vessel_dice == Approx(2 * 640.0 / (640 + 1280)));
}

TEST_CASE("scores: an unlabelled class found on a labelled vessel counts as found there") {
  LabelMap reference = test::empty_labels({20, 20, 50});
  fill(reference, {2, 2, 5}, {6, 6, 45}, 1);
  LabelMap prediction = reference;
  fill(prediction, {2, 2, 5}, {6, 6, 25}, 3);    // half of it on the wrong side
  fill(prediction, {12, 2, 5}, {16, 6, 45}, 3);  // and a vessel where nobody labelled
  const CaseScores scores = scores_of(prediction, reference, {1, 1, 0, 0});
  CHECK(*scores.any_vessel_dice == Approx(1));
  CHECK(*scores.all.side_confusion() == Approx(0.5));
  CHECK(scores.classes[0].recall == Approx(0.5));
}

TEST_CASE("scores: nothing predicted is zero, nothing at all is skipped") {
  const LabelMap reference = four_bars();
  const LabelMap nothing = test::empty_labels({20, 20, 50});
  const CaseScores scores = scores_of(nothing, reference);
  for (const ClassScores& one : scores.classes) {
    CHECK(one.skipped.empty());
    CHECK(one.dice == 0);
    CHECK(one.surface_dice == 0);
    CHECK(one.centreline_dice == 0);
    CHECK(one.recall == 0);
    CHECK_FALSE(one.precision);
  }
  CHECK(*scores.any_vessel_dice == 0);
  CHECK_FALSE(scores.all.vessel_confusion());
  const CaseScores empty = scores_of(nothing, nothing);
  for (const ClassScores& one : empty.classes) CHECK_FALSE(one.skipped.empty());
  CHECK_FALSE(empty.any_vessel_dice);
}

TEST_CASE("scores: one voxel, at the corner of the grid") {
  LabelMap map = test::empty_labels({3, 3, 3});
  map.label[0] = 4;
  const ClassScores one = scores_of(map, map).classes[3];
  CHECK(one.dice == Approx(1));
  CHECK(one.surface_dice == Approx(1));
  CHECK(one.centreline_dice == Approx(1));
  CHECK(one.bins[0].voxels == 1);
}

TEST_CASE("scores: do not depend on the number of threads") {
  const LabelMap reference = four_bars();
  LabelMap prediction = four_bars();
  fill(prediction, {3, 3, 7}, {8, 8, 30}, 2);
  const CaseScores one = scores_of(prediction, reference, kAllLabelled, 1);
  const CaseScores many = scores_of(prediction, reference, kAllLabelled, 7);
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(one.classes[k].surface_dice == many.classes[k].surface_dice);
    CHECK(one.classes[k].centreline_dice == many.classes[k].centreline_dice);
    CHECK(one.classes[k].dice == many.classes[k].dice);
  }
}

TEST_CASE("scores: the tolerance is in millimetres of the map's own steps") {
  LabelMap reference = test::empty_labels({20, 20, 50}, {1, 1, 2});
  fill(reference, {5, 5, 5}, {15, 15, 35}, 1);
  LabelMap prediction = test::empty_labels({20, 20, 50}, {1, 1, 2});
  fill(prediction, {5, 5, 6}, {15, 15, 36}, 1);  // shifted by 2 mm
  const auto with = [&](double tolerance) {
    return score_case(prediction, reference, four_classes(), kAllLabelled,
                      {.tolerance_mm = tolerance})
        ->classes[0]
        .surface_dice;
  };
  CHECK(with(2.0) == Approx(1));
  CHECK(with(1.5) < 0.95);
}

TEST_CASE("scores: maps that cannot be compared are an error") {
  const LabelMap map = four_bars();
  LabelMap other = test::empty_labels({20, 20, 51});
  const auto code = [&](const LabelMap& p, const std::vector<std::uint8_t>& labelled) {
    const auto scores = score_case(p, map, four_classes(), labelled, {});
    return scores ? ErrorCode::kInternal : scores.error().code;
  };
  CHECK(code(other, kAllLabelled) == ErrorCode::kInvalidInput);
  CHECK(code(map, {1, 1, 1}) == ErrorCode::kInvalidInput);
  other = map;
  other.label[0] = 5;
  const auto scores = score_case(other, map, four_classes(), kAllLabelled, {});
  REQUIRE_FALSE(scores);
  CHECK(scores.error().message.find("the prediction has label 5") != std::string::npos);
}
