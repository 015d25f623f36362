#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/integration/model/run_model.h"

using namespace hilum::test;

namespace {

std::string init(const TempDir& dir, std::vector<std::string> options) {
  const std::string bundle = (dir / "bundle.safetensors").string();
  options.insert(options.begin(), {"init", bundle, "--width", "1", "--window", "16"});
  const Outcome made = run_model(std::move(options));
  INFO(made.output);
  REQUIRE(made.status == 0);
  return bundle;
}

}  // namespace

TEST_CASE("model prompt: prints what changed, and inspect shows the new prompt") {
  const TempDir dir;
  const std::string bundle = init(dir, {"--text-tower", "bytes", "--text-adapter", "shared"});
  const std::string before = read_file(bundle);
  const std::string out = (dir / "out.safetensors").string();
  const Outcome changed = run_model({"prompt", bundle, "--class", "left pulmonary ARTERY",
                                     "--prompt", "arteries of the left lung", "--out", out});
  INFO(changed.output);
  CHECK(changed.status == 0);
  for (const char* part : {"class       Left pulmonary artery",
                           "old prompt  A computerized tomography of a left artery",
                           "new prompt  arteries of the left lung", "similarity  0.",
                           "Right pulmonary vein", "out.safetensors: sha256 "}) {
    CAPTURE(part);
    CHECK(has(changed.output, part));
  }
  CHECK_FALSE(has(changed.output, "warning"));
  CHECK(read_file(bundle) == before);

  const Outcome inspected = run_model({"inspect", out});
  for (const char* part : {"arteries of the left lung", "shared by all prompts",
                           "77 tokens of 258 ids, width 128, 3 layers, tokenizer bytes",
                           "cross-attention, pooling by adapter", "decided by the network",
                           "prompt of Left pulmonary artery"}) {
    CAPTURE(part);
    CHECK(has(inspected.output, part));
  }
}

TEST_CASE("model prompt: replaces the bundle, and warns where adapters belong to classes") {
  const TempDir dir;
  const std::string bundle = init(dir, {"--text-tower", "bytes"});
  const Outcome changed =
      run_model({"prompt", bundle, "--class", "Left pulmonary vein", "--prompt", "veins"});
  INFO(changed.output);
  CHECK(changed.status == 0);
  CHECK(has(changed.output, "warning: this bundle has a text adapter for each class"));
  CHECK(has(run_model({"inspect", bundle}).output, "each knows the phrase it was trained with"));
}

TEST_CASE("model prompt: says what to do without tower and without such a class") {
  const TempDir dir;
  const std::string bundle = init(dir, {});
  const Outcome towerless =
      run_model({"prompt", bundle, "--class", "Left pulmonary vein", "--prompt", "x"});
  CHECK(towerless.status == 1);
  CHECK(has(towerless.output, "carries no text tower: import the weights with CLIP's"));
  CHECK(has(run_model({"inspect", bundle}).output, "none: the prompts cannot be changed"));
  const Outcome unknown = run_model({"prompt", bundle, "--class", "Aorta", "--prompt", "x"});
  CHECK(unknown.status == 1);
  CHECK(has(unknown.output, "no class 'Aorta'; its classes are 'Left pulmonary artery'"));
  CHECK(run_model({"prompt", bundle, "--class", "Aorta"}).status == 64);
}

TEST_CASE("model set: says what it set, inspect shows it and what it was") {
  const TempDir dir;
  const std::string bundle = init(dir, {});
  const std::string out = (dir / "out.safetensors").string();
  const Outcome set = run_model({"set", bundle, "--threshold", "0.4", "--out", out});
  INFO(set.output);
  CHECK(set.status == 0);
  CHECK(has(set.output, "threshold 0.4, overlap 0.5"));
  const Outcome inspected = run_model({"inspect", out});
  CHECK(has(inspected.output, "threshold   0.4"));
  CHECK(has(inspected.output, "set to 0.4; was 0.5"));
  CHECK(has(run_model({"inspect", bundle}).output, "threshold   0.5"));
  CHECK(run_model({"set", bundle}).status != 0);
  CHECK(run_model({"set", bundle, "--threshold", "1.5"}).status != 0);
}
