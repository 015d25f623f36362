#include "model/evaluate/evaluate_cases.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <vector>

#include "model/nifti/nifti.h"
#include "tests/support/marker_segmenter.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/model/shapes.h"

using namespace hilum;
using namespace hilum::model::evaluate;
using doctest::Approx;
using model::write_nifti;
using model::train::DatasetEntry;

namespace {

/// A left artery and a right vein.
LabelMap reference_labels() {
  LabelMap map = test::empty_labels({8, 12, 30});
  test::fill(map, {2, 2, 2}, {5, 5, 28}, 1);
  test::fill(map, {2, 7, 2}, {5, 10, 28}, 4);
  return map;
}

/// A CT in which the marker segmenter finds exactly `labels`.
Volume marked(const LabelMap& labels) {
  Volume volume{labels.geometry, std::vector<std::int16_t>(labels.label.size(), -800)};
  for (std::size_t i = 0; i < labels.label.size(); ++i) {
    if (labels.label[i] == 0) continue;
    volume.hu[i] = static_cast<std::int16_t>(test::MarkerSegmenter::kMarkerHu + labels.label[i]);
  }
  return volume;
}

DatasetEntry write_case(const test::TempDir& dir, const std::string& name, const LabelMap& found,
                        const LabelMap& reference) {
  DatasetEntry entry;
  entry.ct = dir / (name + "-ct.nii.gz");
  entry.labels = dir / (name + "-labels.nii.gz");
  REQUIRE(write_nifti(entry.ct, marked(found)));
  REQUIRE(write_nifti(entry.labels, reference));
  return entry;
}

CasesOptions options() {
  return {.classes = model::standard_classes(),
          .scoring = {.threads = 1},
          .progress = {},
          .stop = {},
          .on_case = {},
          .pictures = {}};
}

}  // namespace

TEST_CASE("evaluate: every case is segmented and scored, a bad one does not stop the others") {
  const test::TempDir dir;
  LabelMap half = reference_labels();
  test::fill(half, {2, 2, 2}, {5, 5, 15}, 0);
  std::vector<DatasetEntry> entries{
      write_case(dir, "good", reference_labels(), reference_labels()),
      write_case(dir, "bad", reference_labels(), reference_labels()),
      write_case(dir, "moved", reference_labels(), reference_labels()),
      write_case(dir, "half", half, reference_labels())};
  std::filesystem::resize_file(entries[1].ct, 100);
  LabelMap elsewhere = reference_labels();
  elsewhere.geometry.voxel_to_lps[3] = 40;
  REQUIRE(write_nifti(entries[2].labels, elsewhere));
  entries[3].labelled = {"left"};
  entries[3].kind = "synthetic";

  auto told = options();
  std::vector<std::string> seen;
  double last = 0;
  told.on_case = [&](const CaseResult& one) { seen.push_back(one.ct); };
  told.progress = [&](double fraction) {
    CHECK(fraction >= last);
    last = fraction;
  };
  test::MarkerSegmenter segmenter;
  const auto results = evaluate_cases(segmenter, *file_cases(entries, told.classes), told);
  REQUIRE(results.size() == 4);
  CHECK(seen.size() == 4);
  CHECK(last == 1);
  CHECK(results[0].failed.empty());
  CHECK(results[0].scores.classes[0].dice == Approx(1));
  CHECK(results[0].scores.classes[1].skipped.starts_with("absent in the reference"));
  CHECK_FALSE(results[0].synthetic);
  CHECK(results[1].failed.find("truncated") != std::string::npos);
  CHECK(results[2].failed.find("CT and labels lie differently") != std::string::npos);
  CHECK(results[3].failed.empty());
  CHECK(results[3].synthetic);
  CHECK(results[3].scores.classes[0].recall == Approx(0.5));
  CHECK(results[3].scores.classes[3].skipped == "not labelled");
}

TEST_CASE("evaluate: a stop request ends it before the next case") {
  const test::TempDir dir;
  const std::vector<DatasetEntry> entries{
      write_case(dir, "a", reference_labels(), reference_labels()),
      write_case(dir, "b", reference_labels(), reference_labels())};
  std::stop_source stop;
  auto stopped = options();
  stopped.stop = stop.get_token();
  stopped.on_case = [&](const CaseResult&) { stop.request_stop(); };
  test::MarkerSegmenter segmenter;
  CHECK(evaluate_cases(segmenter, *file_cases(entries, stopped.classes), stopped).size() == 1);
}

TEST_CASE("evaluate: pictures of every case, and scores without them") {
  const test::TempDir dir;
  const std::vector<DatasetEntry> entries{
      write_case(dir, "a", reference_labels(), reference_labels()),
      write_case(dir, "b c", reference_labels(), reference_labels())};
  auto drawn = options();
  drawn.pictures = dir / "pictures";
  std::filesystem::create_directory(drawn.pictures);
  test::MarkerSegmenter segmenter;
  const auto source = file_cases(entries, drawn.classes);
  auto results = evaluate_cases(segmenter, *source, drawn);
  REQUIRE(results.size() == 2);
  CHECK(picture_name(2, results[1]) == "002_b_c-ct.nii.gz.png");
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(results[i].picture_failed.empty());
    CHECK(test::read_file(drawn.pictures / picture_name(i + 1, results[i])).substr(1, 3) == "PNG");
  }

  drawn.pictures = dir / "nowhere";
  results = evaluate_cases(segmenter, *source, drawn);
  CHECK(results[0].failed.empty());
  CHECK(results[0].scores.classes[0].dice == Approx(1));
  CHECK(results[0].picture_failed.find("write 001_a-ct.nii.gz.png") == 0);
}

TEST_CASE("evaluate: given labels are compared without a model, the files say synthetic") {
  const test::TempDir dir;
  DatasetEntry entry;
  entry.labels = dir / "reference.nii.gz";
  REQUIRE(write_nifti(entry.labels, reference_labels(), "Synthetic truth"));
  REQUIRE(write_nifti(dir / "prediction.nii", reference_labels()));
  const auto same = evaluate_prediction(dir / "prediction.nii", entry, options());
  CHECK(same.failed.empty());
  CHECK(same.synthetic);
  CHECK(*same.scores.any_vessel_dice == Approx(1));
  const auto absent = evaluate_prediction(dir / "none.nii", entry, options());
  CHECK(absent.failed.find("there is no such file") != std::string::npos);
}

namespace {

/// Two cases in memory; the second one's vessels are predicted where none can be.
class MadeCases : public CaseSource {
 public:
  [[nodiscard]] std::size_t count() const override { return 2; }
  [[nodiscard]] CaseName name(std::size_t i) const override {
    return {.ct = "case " + std::to_string(i), .labels = "made", .kind = {}, .synthetic = true};
  }
  [[nodiscard]] Result<LoadedCase> load(std::size_t i) const override {
    loaded.fetch_add(1);
    const LabelMap labels = reference_labels();
    LoadedCase one{
        .ct = marked(labels), .reference = labels, .labelled = {1, 1, 1, 1}, .plausible = {}};
    one.plausible.assign(labels.label.size(), i == 0 ? 1 : 0);
    return one;
  }

  mutable std::atomic<int> loaded = 0;
};

}  // namespace

TEST_CASE("evaluate: cases of any source are loaded once each, and what cannot be is counted") {
  const MadeCases cases;
  test::MarkerSegmenter segmenter;
  const auto results = evaluate_cases(segmenter, cases, options());
  REQUIRE(results.size() == 2);
  CHECK(cases.loaded == 2);
  CHECK(results[0].ct == "case 0");
  CHECK(results[1].synthetic);
  REQUIRE(results[0].implausible_share);
  CHECK(*results[0].implausible_share == 0);
  CHECK(*results[1].implausible_share == 1);
}
