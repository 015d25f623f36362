#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "model/nifti/nifti.h"
#include "tests/integration/model/run_model.h"

using namespace hilum::test;

namespace {

std::string bundle_in(const TempDir& dir) {
  const std::string bundle = (dir / "bundle.safetensors").string();
  const Outcome made = run_model({"init", bundle, "--width", "1", "--window", "96", "--text-tower",
                                  "bytes", "--text-adapter", "shared"});
  REQUIRE(made.status == 0);
  return bundle;
}

}  // namespace

TEST_CASE("model evaluate: held-out phantoms are scored, and called synthetic everywhere") {
  const TempDir dir;
  const std::string json = (dir / "scores.json").string();
  const Outcome done =
      run_model({"evaluate", bundle_in(dir), "--phantom", "--limit", "1", "--overlap", "0",
                 "--json", json, "--device", "cpu", "--threshold", "0.4", "--prompt",
                 "Left pulmonary artery=arteries of the left lung"});
  INFO(done.output);
  CHECK(done.status == 0);
  for (const char* part :
       {"SYNTHETIC DATA. Scores on synthetic data say nothing about accuracy on patients",
        "SYNTHETIC: CLASS", "SYNTHETIC: DIAMETER", "phantoms 1000000 to 1000000, inside",
        "prompt   Left pulmonary artery=arteries of the left lung", "UNTRAINED",
        "SYNTHETIC: Confused from 4 mm on", "1 of 1 case scored"}) {
    CAPTURE(part);
    CHECK(has(done.output, part));
  }
  const auto scores = nlohmann::json::parse(read_file(json));
  CHECK(scores["summary"]["scores_are"] == "synthetic");
  CHECK(scores["overlap"] == 0);
  CHECK(scores["threshold"] == 0.4);
  CHECK(scores["cases"][0]["ct"] == "phantom seed 1000000");
  CHECK(scores["cases"][0]["synthetic"] == true);
  CHECK(scores["cases"][0]["predicted_outside_lungs_and_mediastinum"].is_number());
}

TEST_CASE("model evaluate: options that do not go together are refused before any work") {
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"none.safetensors"},
        {"none.safetensors", "--phantom", "--data", "list.csv"},
        {"none.safetensors", "--data", "list.csv", "--seeds", "1:2"},
        {"none.safetensors", "--data", "list.csv", "--shifted"},
        {"--phantom"},
        {"none.safetensors", "--phantom", "--prediction", "a.nii", "--reference", "b.nii"},
        {"--prediction", "a.nii"}}) {
    auto arguments = options;
    arguments.insert(arguments.begin(), "evaluate");
    CHECK(run_model(arguments).status == 64);
  }
}

TEST_CASE("model evaluate: wrong seeds and prompts say what is wanted") {
  const TempDir dir;
  const std::string bundle = bundle_in(dir);
  for (const char* seeds : {"5", "5:", ":5", "a:1", "1:0", "1:999999999", "-1:2"}) {
    CAPTURE(seeds);
    const Outcome bad =
        run_model({"evaluate", bundle, "--phantom", std::string("--seeds=") + seeds});
    CHECK(bad.status == 1);
    CHECK(has(bad.output, "give FIRST:COUNT"));
  }
  const Outcome no_text = run_model({"evaluate", bundle, "--phantom", "--prompt", "Left="});
  CHECK(no_text.status == 1);
  CHECK(has(no_text.output, "give LABEL=TEXT"));
  const Outcome unknown = run_model({"evaluate", bundle, "--phantom", "--prompt", "Aorta=aorta"});
  CHECK(unknown.status == 1);
  CHECK(has(unknown.output, "no class 'Aorta'"));
}

TEST_CASE("model evaluate: a picture that cannot be written is said, and the scores are there") {
  const TempDir dir;
  hilum::LabelMap labels;
  labels.geometry.size = {8, 8, 8};
  labels.label.assign(labels.geometry.voxel_count(), 0);
  labels.label[labels.geometry.index(4, 4, 4)] = 1;
  const std::string file = (dir / "labels.nii.gz").string();
  REQUIRE(hilum::model::write_nifti(file, labels));
  const std::vector<std::string> command{"evaluate", "--prediction", file,        "--reference",
                                         file,       "--pictures",   dir / "seen"};
  const Outcome drawn = run_model(command);
  INFO(drawn.output);
  CHECK(drawn.status == 0);
  const auto picture = dir / "seen" / "001_labels.nii.gz.png";
  REQUIRE(std::filesystem::remove(picture));
  REQUIRE(std::filesystem::create_directory(picture));  // where the file should go

  const Outcome undrawn = run_model(command);
  INFO(undrawn.output);
  CHECK(undrawn.status == 1);
  CHECK(has(undrawn.output, "1 of 1 pictures could not be written; the first: write 001_labels"));
  CHECK(has(undrawn.output, "1 of 1 case scored"));
}
