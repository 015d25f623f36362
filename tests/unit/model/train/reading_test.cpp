// c10 and doctest both define CHECK.
#define DOCTEST_CONFIG_NO_SHORT_MACRO_NAMES
#include "model/train/reading.h"

#include <doctest/doctest.h>
#include <torch/torch.h>

#include "model/train/train_step.h"
#include "model/train/vocabulary.h"
#include "tests/unit/model/train/promptable.h"
#include "tests/unit/model/train/volumes.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::train;
using torch::Tensor;

namespace {

const Codes kCodes = Codes::of_labels();

TrainableNetwork network_for(const NetworkStart& start) {
  TrainableNetwork::Options options;
  options.text = start.text;
  options.tower = start.tower;
  return {start.manifest.size(), start.parameters, options};
}

Asking::Lesson lesson_of(std::span<const std::string> texts, std::vector<LabelSet> meanings) {
  auto tokens = tokenize(Tokenizer::bytes(), texts, 128);
  DOCTEST_REQUIRE(tokens);
  return {.tokens = std::move(*tokens), .meanings = std::move(meanings)};
}

}  // namespace

DOCTEST_TEST_CASE("reading: the tower learns what phrases mean and leaves the network alone") {
  const auto start = test::promptable();
  auto network = network_for(start);
  const std::vector<std::string> texts{"left artery", "left vein", "right artery", "the aorta"};
  const auto lesson = lesson_of(texts, {label_set(1), label_set(2), label_set(3), label_set(5)});
  const double before = reading_distance(network, kCodes, lesson);
  const Tensor backbone = network.weights().at("controller.weight").detach().clone();
  for (int step = 1; step <= 60; ++step) {
    add_reading_gradients(network, kCodes, lesson, 1.0);
    network.update({.number = step, .learning_rate = 2e-3});
  }
  DOCTEST_CHECK(before > 0.5);
  DOCTEST_CHECK(reading_distance(network, kCodes, lesson) < 0.3 * before);
  DOCTEST_CHECK(torch::equal(network.weights().at("controller.weight"), backbone));
}

DOCTEST_TEST_CASE("reading: in pages it is the mean over all phrases, and filling says nothing") {
  const auto start = test::promptable();
  auto network = network_for(start);
  std::vector<std::string> texts;
  std::vector<LabelSet> meanings;
  double sum = 0;
  for (int i = 0; i < 11; ++i) {  // more than a page
    texts.push_back("aorta" + std::string(static_cast<std::size_t>(3 * i), 'x'));
    meanings.push_back(label_set(1 + i % 5));
    sum +=
        reading_distance(network, kCodes, lesson_of(std::span(texts).last(1), {meanings.back()}));
  }
  const auto lesson = lesson_of(texts, meanings);
  const double mean = reading_distance(network, kCodes, lesson);
  DOCTEST_CHECK(mean == doctest::Approx(sum / 11).epsilon(0.02));  // codes differ a little in size
  DOCTEST_CHECK(add_reading_gradients(network, kCodes, lesson, 1.0) == doctest::Approx(mean));
  const Tensor once = network.weights().at("text_tower.ln_final.weight").grad().clone();
  network.clear_gradients();
  add_reading_gradients(network, kCodes, lesson, 2.0);
  DOCTEST_CHECK(torch::allclose(network.weights().at("text_tower.ln_final.weight").grad(), 2 * once,
                                1e-3, 1e-6));
}

DOCTEST_TEST_CASE("reading: a tower that reads is held to the mean of what it says") {
  const auto start = test::promptable();
  const auto network = network_for(start);
  const std::vector<std::string> texts{"left artery", "the artery on the left", "left vein"};
  const auto lesson = lesson_of(texts, {label_set(1), label_set(1), label_set(2)});
  const Codes codes = codes_as_read(network, lesson);
  const Tensor said = network.text_features(lesson.tokens).detach();
  const auto code = [&](LabelSet meaning) { return torch::tensor(codes.of(meaning)); };
  DOCTEST_CHECK(torch::allclose(code(label_set(1)), (said[0] + said[1]) / 2, 1e-4, 1e-5));
  DOCTEST_CHECK(torch::allclose(code(label_set(2)), said[2], 1e-4, 1e-5));
  // What nobody said keeps the code of its labels.
  DOCTEST_CHECK(codes.of(label_set(5)) == kCodes.of(label_set(5)));
  // A lesson of one phrase for a meaning is read without fault.
  const auto alone = lesson_of(std::span(texts).last(1), {label_set(2)});
  DOCTEST_CHECK(reading_distance(network, codes, alone) < 1e-6);
  DOCTEST_CHECK(reading_distance(network, kCodes, alone) > 0.5);
}

DOCTEST_TEST_CASE("train_step: prompts of overlapping targets train tower and network together") {
  const auto start = test::promptable();
  auto network = network_for(start);
  Sample sample = test::tube_volume(24, 1);
  sample.labelled.assign(8, 1);
  DOCTEST_REQUIRE(finish_sample(sample, 4));
  const Batch batch = validation_windows(sample, 0, 2, 16);
  const std::vector<std::string> texts{"left artery", "pulmonary arteries", "aorta"};
  Query query;
  query.targets = {label_set(1), label_set(1) | label_set(3), label_set(5)};
  query.tokens = *tokenize(Tokenizer::bytes(), texts, 128);
  const auto result =
      add_gradients(network, batch, query, {.edge = 16, .threshold = 0.5}, {.windows_at_once = 1});
  DOCTEST_REQUIRE(result.dice.size() == 3);
  DOCTEST_CHECK(result.dice[1].truth >= result.dice[0].truth);
  DOCTEST_CHECK(result.dice[2].truth == 0);
  for (const char* name : {"text_tower.token_embedding.weight", "txtAdapter.D_fc1.weight",
                           "backbone.down_tr64.ops.0.conv1.weight"}) {
    DOCTEST_CAPTURE(name);
    DOCTEST_REQUIRE(network.weights().at(name).grad().defined());
    DOCTEST_CHECK(network.weights().at(name).grad().abs().max().item<double>() > 0);
  }
  DOCTEST_CHECK_FALSE(network.weights().at("organ_embedding").grad().defined());
}

DOCTEST_TEST_CASE("trainable_network: learned vectors get gradients, embedded prompts are stored") {
  auto vectors = fresh_network(
      {.width = 2, .window = 16, .seed = 1, .text_from = nullptr, .text = TextTraining::kVectors});
  DOCTEST_REQUIRE(vectors);
  auto network = network_for(*vectors);
  Sample sample = test::tube_volume(24, 1);
  DOCTEST_REQUIRE(finish_sample(sample, 4));
  add_gradients(network, validation_windows(sample, 0, 1, 16), class_query(4),
                {.edge = 16, .threshold = 0.5}, {.windows_at_once = 1});
  DOCTEST_CHECK(network.class_features().grad().abs().max().item<double>() > 0);

  const auto start = test::promptable();
  auto other = network_for(start);
  const auto asking = Asking::make(start, 1);
  DOCTEST_REQUIRE(asking);
  other.embed_classes(asking->class_prompts());
  DOCTEST_CHECK(torch::allclose(other.class_features(),
                                other.text_features(asking->class_prompts()).detach()));
}
