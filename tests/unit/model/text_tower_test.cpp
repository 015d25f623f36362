#include "model/text_tower.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/generated_weights.h"
#include "model/untrained.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/model/golden.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr TextTowerSize kSmall{
    .vocabulary = 258, .context = 20, .width = 128, .layers = 2, .output = 16};

TextTowerWeights weights_of(const TextTowerSize& size, Tokenizer tokenizer) {
  TextTowerWeights weights{.size = size, .tokenizer = std::move(tokenizer), .parameters = {}};
  for (ParameterShape& shape : text_tower_parameters(size)) {
    auto values = generated_parameter(shape.name, shape.shape);
    weights.parameters.push_back({.shape = std::move(shape), .values = std::move(values)});
  }
  return weights;
}

TextTower small_tower() {
  auto tower = TextTower::make(weights_of(kSmall, Tokenizer::bytes()));
  REQUIRE(tower);
  return std::move(*tower);
}

}  // namespace

TEST_CASE("text_tower: texts are embedded one by one or together alike") {
  const TextTower tower = small_tower();
  const auto artery = tower.embed("left artery");
  const auto vein = tower.embed("left vein");
  REQUIRE(artery);
  REQUIRE(vein);
  CHECK(artery->size() == 16);
  CHECK(test::largest_difference(*artery, *vein) > 0.01);
  const auto both = tower.embed_all(std::vector<std::string>{"left artery", "left vein"});
  REQUIRE(both);
  std::vector<float> expected = *artery;
  expected.insert(expected.end(), vein->begin(), vein->end());
  CHECK(*both == expected);
}

TEST_CASE("text_tower: upper case and surplus blanks change nothing") {
  const TextTower tower = small_tower();
  CHECK(*tower.embed("  Left  ARTERY") == *tower.embed("left artery"));
}

TEST_CASE("text_tower: a text longer than the tower's context is refused, the longest is read") {
  const TextTower tower = small_tower();
  CHECK(tower.embed(std::string(18, 'x')));
  const auto longer = tower.embed(std::string(19, 'x'));
  REQUIRE_FALSE(longer);
  CHECK(longer.error().message.find("it has 21 tokens") != std::string::npos);
  CHECK_FALSE(tower.embed_all(std::vector<std::string>{"x", std::string(19, 'x')}));
}

TEST_CASE("text_tower: weights that do not fit are named") {
  const auto error_of = [](TextTowerWeights weights) {
    const auto tower = TextTower::make(std::move(weights));
    REQUIRE_FALSE(tower);
    CHECK(tower.error().code == ErrorCode::kInvalidInput);
    return tower.error().message;
  };
  const TextTowerWeights good = weights_of(kSmall, Tokenizer::bytes());
  TextTowerWeights bad = good;
  bad.parameters.erase(bad.parameters.begin() + 5);
  CHECK(error_of(bad).find("'" + good.parameters[5].shape.name + "' is missing") !=
        std::string::npos);
  bad = good;
  bad.parameters[0].values.pop_back();
  CHECK(error_of(bad).find("values instead of [20, 128]") != std::string::npos);
  bad = good;
  bad.parameters[0].shape.shape = {128, 20};
  CHECK(error_of(bad).find("has shape [128, 20] instead of [20, 128]") != std::string::npos);
  bad = weights_of({.vocabulary = 300, .context = 20, .width = 128, .layers = 2, .output = 16},
                   Tokenizer::bytes());
  CHECK(error_of(bad).find("makes 258 token ids and it has 300") != std::string::npos);
}

TEST_CASE("text_tower: a bundle's tower is the one that was stored") {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "a",
                                 {.width = 1, .window = 16, .text_tower = UntrainedTower::kBytes}));
  const auto bundle = ModelBundle::open(dir / "a");
  REQUIRE(bundle);
  auto weights = bundle->text_tower();
  REQUIRE(weights);
  for (const Parameter& parameter : weights->parameters) {
    CAPTURE(parameter.shape.name);
    CHECK(parameter.values == generated_parameter(parameter.shape.name, parameter.shape.shape, 1));
  }
  const auto tower = TextTower::make(*std::move(weights));
  REQUIRE(tower);
  CHECK(tower->size().layers == 3);
  const auto feature = tower->embed(bundle->manifest().classes.front().prompt);
  REQUIRE(feature);
  CHECK(feature->size() == 512);
  CHECK(test::largest_magnitude(*feature) > 0.1);
  CHECK(std::isfinite(test::largest_magnitude(*feature)));
}
