// DICOM -> NIfTI -> scores, with the real program.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/nifti/nifti.h"
#include "model/phantom/phantom.h"
#include "tests/support/hilum_program.h"
#include "tests/support/process.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A box of a phantom, from (z, y, x) on.
phantom::Phantom part_of(const phantom::Phantom& whole, std::array<int, 3> from,
                         std::array<int, 3> size) {
  phantom::Phantom part;
  part.ct.geometry = whole.ct.geometry;
  part.ct.geometry.size = size;
  for (int z = 0; z < size[0]; ++z) {
    for (int y = 0; y < size[1]; ++y) {
      for (int x = 0; x < size[2]; ++x) {
        const auto at = whole.ct.geometry.index(z + from[0], y + from[1], x + from[2]);
        part.ct.hu.push_back(whole.ct.hu[at]);
        part.truth.label.push_back(whole.truth.label[at]);
      }
    }
  }
  part.truth.geometry = part.ct.geometry;
  return part;
}

/// `hilum model evaluate` with an untrained bundle on `dir`/list.csv, and on a pair of files.
void check_evaluation(const TempDir& dir, const LabelMap& reference) {
  const std::string bundle = (dir / "tiny.safetensors").string();
  const std::string list = (dir / "list.csv").string();
  const std::string json = (dir / "scores.json").string();
  REQUIRE(run_hilum({"model", "init", bundle, "--width", "1", "--window", "32"}).status == 0);
  const Outcome scores = run_hilum({"model", "evaluate", bundle, "--data", list, "--split", "train",
                                    "--device", "cpu", "--json", json});
  REQUIRE_MESSAGE(scores.status == 0, scores.output);
  CHECK(contains(scores.output, "SYNTHETIC DATA"));
  CHECK(contains(scores.output, "UNTRAINED"));
  const auto report = nlohmann::json::parse(read_file(json));
  CHECK(report["cases"].size() == 1);
  CHECK(report["bundle_sha256"].get<std::string>().size() == 64);
  for (int k = 0; k < 4; ++k) {
    CHECK(report["cases"][0]["classes"][static_cast<std::size_t>(k)]["reference_voxels"] ==
          std::ranges::count(reference.label, k + 1));
  }
  const Outcome none = run_hilum({"model", "evaluate", bundle, "--data", list, "--split", "test"});
  CHECK(none.status == 1);
  CHECK(contains(none.output, "no case in split 'test'"));

  const std::string truth = (dir / "nifti/labels.nii.gz").string();
  const Outcome same =
      run_hilum({"model", "evaluate", "--prediction", truth, "--reference", truth});
  CHECK(same.status == 0);
  CHECK(contains(same.output, "Mean of classes"));
  CHECK(contains(same.output, "1.000"));
}

}  // namespace

TEST_CASE("convert: a phantom's CT and truth become the very same volumes as NIfTI") {
  const TempDir dir;
  const std::string ct = (dir / "dicom").string();
  const std::string seg = (dir / "truth.dcm").string();
  REQUIRE(run_hilum({"phantom", "--seed", "5", "--out", ct, "--truth", seg}).status == 0);
  const std::string out = (dir / "nifti").string();
  const Outcome done = run_hilum({"convert", ct, "--seg", seg, "--out", out});
  REQUIRE_MESSAGE(done.status == 0, done.output);
  CHECK(contains(done.output, "4 Right pulmonary vein"));
  CHECK(contains(done.output, out + "/ct.nii.gz," + out + "/labels.nii.gz,all,train,synthetic"));

  phantom::PhantomOptions same_patient;
  same_patient.seed = 5;
  const auto patient = phantom::make_phantom(same_patient);
  const auto volume = model::read_nifti_ct(dir / "nifti/ct.nii.gz");
  const auto labels = model::read_nifti_labels(dir / "nifti/labels.nii.gz");
  REQUIRE(volume);
  REQUIRE(labels);
  CHECK(model::check_same_grid(volume->geometry, labels->geometry, "ct and labels"));
  CHECK(std::ranges::count(labels->label, 1) == std::ranges::count(patient.truth.label, 1));
  // Wherever the DICOM series starts, the same point of the patient has the same values.
  const Vec3 middle{100, 100, 100};
  std::size_t different = 0;
  for (std::size_t i = 0; i < volume->hu.size(); ++i)
    different += volume->hu[i] != patient.ct.hu[i];
  CHECK(different == 0);
  CHECK(labels->label == patient.truth.label);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(volume->geometry.to_lps(middle)[i] ==
          doctest::Approx(patient.ct.geometry.to_lps(middle)[i]).epsilon(1e-4));
  }

  // The list's line works as it is printed; a network would take long for a whole chest.
  const auto at = done.output.find("ct,labels,labelled");
  REQUIRE(at != std::string::npos);
  write_file(dir / "list.csv", done.output.substr(at));
  const auto middle_part = part_of(patient, {90, 90, 90}, {48, 48, 64});
  REQUIRE(model::write_nifti(dir / "nifti/ct.nii.gz", middle_part.ct));
  REQUIRE(model::write_nifti(dir / "nifti/labels.nii.gz", middle_part.truth));
  check_evaluation(dir, middle_part.truth);
}

TEST_CASE("convert: what does not fit together is refused with what to do") {
  const TempDir dir;
  const std::string ct = (dir / "dicom").string();
  const std::string seg = (dir / "truth.dcm").string();
  REQUIRE(run_hilum({"phantom", "--seed", "5", "--out", ct + "/a", "--truth", seg}).status == 0);
  REQUIRE(run_hilum({"phantom", "--seed", "6", "--out", ct + "/b"}).status == 0);
  const std::string out = (dir / "out").string();
  const Outcome two = run_hilum({"convert", ct, "--out", out});
  CHECK(two.status == 1);
  CHECK(contains(two.output, "choose one with --series"));
  CHECK(run_hilum({"convert", ct, "--seg", seg, "--out", out}).status == 0);  // the SEG names it

  const std::string other = (dir / "other").string();
  REQUIRE(run_hilum({"phantom", "--seed", "7", "--out", other}).status == 0);
  const Outcome foreign = run_hilum({"convert", other, "--seg", seg, "--out", out});
  CHECK(foreign.status == 1);
  CHECK(contains(foreign.output, "is not below"));
  const Outcome no_seg = run_hilum({"convert", other, "--seg", ct, "--out", out});
  CHECK(no_seg.status == 1);
  CHECK(run_hilum({"convert", (dir / "empty").string(), "--out", out}).status == 1);
  CHECK(run_hilum({"model", "evaluate"}).status == 64);
  CHECK(run_hilum({"model", "evaluate", "--prediction", "a.nii"}).status == 64);
}
