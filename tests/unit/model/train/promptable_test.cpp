#include "tests/unit/model/train/promptable.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "model/prompt.h"
#include "model/text_tower.h"
#include "model/train/run_folder.h"
#include "model/train/trainer.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/model/train/volumes.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::train;

namespace {

/// Tubes that label neighbours too, as synthetic patients do.
std::shared_ptr<const SampleSource> volumes(int count, int first) {
  std::vector<Sample> samples;
  for (int i = 0; i < count; ++i) {
    samples.push_back(test::tube_volume(24, first + i));
    samples.back().labelled.assign(8, 1);
    REQUIRE(finish_sample(samples.back(), 4));
  }
  return std::make_shared<test::VolumeList>(std::move(samples));
}

Recipe recipe_of(std::int64_t steps) {
  Recipe recipe;
  recipe.steps = steps;
  recipe.batch = 2;
  recipe.windows_per_volume = 2;
  recipe.validate_every = 4;
  recipe.validation_windows = 1;
  recipe.reading_steps = 3;
  recipe.pool = {.slots = 2, .rounds = 2};
  return recipe;
}

RunOptions run_in(const std::filesystem::path& folder) {
  RunOptions run;
  run.out = folder;
  run.device = "cpu";
  run.threads = 1;
  run.storage = Storage::kFloat16;
  run.program_version = "test";
  return run;
}

}  // namespace

TEST_CASE("trainer: a promptable bundle carries the tower it was trained with") {
  const test::TempDir dir;
  const TrainData data{.train = volumes(3, 0), .validation = volumes(1, 9)};
  REQUIRE(run_training(test::promptable(), data, recipe_of(5), run_in(dir / "run")));
  const RunFolder folder{.root = dir / "run"};
  const auto bundle = ModelBundle::open(folder.best());
  REQUIRE(bundle);
  CHECK(bundle->manifest().text_adapter == TextAdapter::kShared);
  CHECK(bundle->manifest().provenance.at("program") == "test");
  // The stored text features are the tower's own, up to the rounding of float16.
  auto weights = bundle->text_tower();
  REQUIRE(weights);
  const auto tower = TextTower::make(std::move(*weights));
  REQUIRE(tower);
  const auto feature = tower->embed(bundle->manifest().classes[2].prompt);
  REQUIRE(feature);
  const auto stored = bundle->tensor("organ_embedding").subspan(2 * kTextFeatures, kTextFeatures);
  for (std::size_t i = 0; i < feature->size(); ++i) {
    REQUIRE(stored[i] == doctest::Approx((*feature)[i]).epsilon(0.02).scale(1));
  }
}

TEST_CASE(
    "trainer: a promptable run that was interrupted ends with the weights of an unbroken one") {
  const test::TempDir dir;
  const TrainData data{.train = volumes(4, 0), .validation = nullptr};
  auto start = test::promptable();
  SUBCASE("of a new tower") {}
  // Held to what it said at its start, not at the checkpoint.
  SUBCASE("of a tower that reads already") {
    REQUIRE(run_training(start, data, recipe_of(2), run_in(dir / "first")));
    auto bundle = ModelBundle::open(RunFolder{.root = dir / "first"}.best());
    REQUIRE(bundle);
    auto further =
        network_of(std::make_shared<const ModelBundle>(std::move(*bundle)), TextTraining::kTower);
    REQUIRE(further);
    start = std::move(*further);
  }
  REQUIRE(run_training(start, data, recipe_of(6), run_in(dir / "unbroken")));
  for (const std::int64_t stop_at : {2, 4}) {
    std::stop_source stop;
    const auto part =
        run_training(start, data, recipe_of(6), run_in(dir / "broken"),
                     {.progress =
                          [&](const TrainProgress& progress) {
                            // The first stop comes while the tower reads.
                            if (progress.reading == (stop_at == 2) && progress.step == stop_at) {
                              stop.request_stop();
                            }
                          },
                      .stop = stop.get_token()});
    REQUIRE(part);
    CHECK(part->end == TrainSummary::End::kStopped);
    CHECK(part->step == (stop_at == 2 ? 0 : 4));
  }
  REQUIRE(run_training(start, data, recipe_of(6), run_in(dir / "broken")));
  const RunFolder broken{.root = dir / "broken"};
  const RunFolder unbroken{.root = dir / "unbroken"};
  CHECK(test::read_file(broken.last()) == test::read_file(unbroken.last()));
}

TEST_CASE("trainer: a promptable bundle is trained further with its tower, or with it frozen") {
  const test::TempDir dir;
  const TrainData data{.train = volumes(3, 0), .validation = nullptr};
  REQUIRE(run_training(test::promptable(), data, recipe_of(2), run_in(dir / "first")));
  const auto open = [&] {
    auto bundle = ModelBundle::open(RunFolder{.root = dir / "first"}.best());
    REQUIRE(bundle);
    return std::make_shared<const ModelBundle>(std::move(*bundle));
  };
  for (const TextTraining text : {TextTraining::kTower, TextTraining::kFrozen}) {
    const auto start = network_of(open(), text);
    REQUIRE(start);
    const auto folder = dir / std::string(to_string(text));
    REQUIRE(run_training(*start, data, recipe_of(2), run_in(folder)));
    const auto further = ModelBundle::open(RunFolder{.root = folder}.best());
    REQUIRE(further);
    CHECK(further->has_text_tower());
  }
}

TEST_CASE("trainer: with its tower frozen a network still learns every prompt") {
  const test::TempDir dir;
  const TrainData data{.train = volumes(3, 0), .validation = nullptr};
  REQUIRE(run_training(test::promptable(), data, recipe_of(2), run_in(dir / "first")));
  auto opened = ModelBundle::open(RunFolder{.root = dir / "first"}.best());
  REQUIRE(opened);
  const auto before = std::make_shared<const ModelBundle>(std::move(*opened));
  const auto start = network_of(before, TextTraining::kTower);
  REQUIRE(start);
  Recipe recipe = recipe_of(2);
  recipe.frozen = {"text_tower."};
  const auto trained = run_training(*start, data, recipe, run_in(dir / "second"));
  REQUIRE_MESSAGE(trained, trained.error().message);
  const auto after = ModelBundle::open(RunFolder{.root = dir / "second"}.best());
  REQUIRE(after);
  const auto old_tower = before->text_tower();
  const auto new_tower = after->text_tower();
  REQUIRE(old_tower);
  REQUIRE(new_tower);
  for (std::size_t i = 0; i < old_tower->parameters.size(); ++i) {
    CAPTURE(old_tower->parameters[i].shape.name);
    CHECK(old_tower->parameters[i].values == new_tower->parameters[i].values);
  }
  CHECK_FALSE(std::ranges::equal(before->tensor("precls_conv.2.weight"),
                                 after->tensor("precls_conv.2.weight")));
}

TEST_CASE("trainer: what could not be saved at the end is refused before the first step") {
  const test::TempDir dir;
  const TrainData data{.train = volumes(3, 0), .validation = nullptr};
  NetworkStart start = test::promptable();
  start.manifest.name = std::string(65, 'x');
  int steps = 0;
  const auto refused =
      run_training(start, data, recipe_of(2), run_in(dir / "run"),
                   {.progress = [&](const TrainProgress&) { ++steps; }, .stop = {}});
  REQUIRE_FALSE(refused);
  CHECK_MESSAGE(refused.error().message.find("cannot be saved") != std::string::npos,
                refused.error().message);
  CHECK(steps == 0);
  CHECK_FALSE(std::filesystem::exists(RunFolder{.root = dir / "run"}.best()));
}

TEST_CASE("trainer: mirroring volumes that label neighbours is refused") {
  const test::TempDir dir;
  Recipe recipe = recipe_of(2);
  recipe.augmentation.mirror_probability = 0.5;
  const TrainData data{.train = volumes(2, 0), .validation = nullptr};
  const auto refused = run_training(test::promptable(), data, recipe, run_in(dir / "run"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kUnsupported);
}
