// c10 has a macro CHECK of its own, hence the long names.
#define DOCTEST_CONFIG_NO_SHORT_MACRO_NAMES
#include <doctest/doctest.h>
#include <torch/csrc/autograd/function.h>
#include <torch/optim/adamw.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "model/generated_weights.h"
#include "model/train/adamw.h"
#include "model/train/initial_weights.h"
#include "model/train/loss.h"
#include "model/train/train_step.h"
#include "model/train/trainable_network.h"
#include "model/train/window_loader.h"
#include "tests/unit/model/train/volumes.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::train;
using torch::Tensor;

namespace {

constexpr LaCafSize kSize{.width = 2, .classes = 4, .window = 16};
constexpr StepSettings kSettings{.edge = 16, .threshold = 0.5};
const Query kClasses = class_query(4);
const std::vector<LabelSet> kTwoClasses = class_query(2).targets;

std::vector<Parameter> parameters(const LaCafSize& size) {
  auto made = initial_weights(size, 5);
  made.push_back({.shape = {"organ_embedding", {size.classes, kTextFeatures}},
                  .values = generated_text_features(size.classes, 5)});
  return made;
}

TrainableNetwork network(const TrainableNetwork::Options& options = {},
                         const LaCafSize& size = kSize) {
  return {size, parameters(size), options};
}

/// Windows of different volumes, of which some label one side only.
Batch batch_of(int windows, bool partial) {
  Batch all{.windows = windows, .image = {}, .label = {}, .labelled = {}};
  for (int i = 0; i < windows; ++i) {
    Sample sample = test::tube_volume(24, i);
    if (partial && i % 2 == 0) sample.labelled = {1, 1, 0, 0};
    if (!finish_sample(sample, 4)) std::abort();
    const Batch one = validation_windows(sample, i, 1, 16);
    all.image.insert(all.image.end(), one.image.begin(), one.image.end());
    all.label.insert(all.label.end(), one.label.begin(), one.label.end());
    all.labelled.insert(all.labelled.end(), one.labelled.begin(), one.labelled.end());
  }
  return all;
}

WeightTable gradients(const TrainableNetwork& network) {
  WeightTable table;
  for (const auto& [name, weight] : network.weights()) {
    if (weight.grad().defined()) table.emplace(name, weight.grad().clone());
  }
  return table;
}

/// Largest difference relative to the largest gradient of the same parameter.
double largest_difference(const WeightTable& a, const WeightTable& b) {
  DOCTEST_REQUIRE(a.size() == b.size());
  double most = 0;
  for (const auto& [name, gradient] : a) {
    const double scale = gradient.abs().max().item<double>() + 1e-6;
    most = std::max(most, (gradient - b.at(name)).abs().max().item<double>() / scale);
  }
  return most;
}

bool same_bits(const WeightTable& a, const WeightTable& b) {
  return a.size() == b.size() && std::ranges::all_of(a, [&](const auto& entry) {
           return torch::equal(entry.second, b.at(entry.first));
         });
}

Tensor bytes(std::vector<std::uint8_t> values, const std::vector<std::int64_t>& shape) {
  return torch::tensor(values, torch::kByte).view(shape);
}

}  // namespace

DOCTEST_TEST_CASE("loss: is the formula of the paper's implementation, in plain numbers") {
  // Two windows of 8 voxels, two classes; window 1 labels class 0 only.
  const auto logits =
      torch::tensor(generated_numbers("logits", 32)).to(torch::kFloat).mul(3).view({2, 2, 2, 2, 2});
  const std::vector<std::uint8_t> label{0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 0, 0, 1, 1, 1, 0};
  const std::vector<std::uint8_t> labelled{1, 1, 1, 0};
  double expected = 0;
  for (std::size_t n = 0; n < 2; ++n) {
    for (std::size_t k = 0; k < 2; ++k) {
      if (labelled[n * 2 + k] == 0) continue;
      double overlap = 0, sum_p = 0, sum_t = 0, entropy = 0;
      for (std::size_t v = 0; v < 8; ++v) {
        const double x =
            logits.flatten()[static_cast<std::int64_t>((n * 2 + k) * 8 + v)].item<double>();
        const double p = 1 / (1 + std::exp(-x));
        const double t = label[n * 8 + v] == k + 1 ? 1 : 0;
        overlap += p * t;
        sum_p += p;
        sum_t += t;
        entropy -= t * std::log(p) + (1 - t) * std::log(1 - p);
      }
      expected += 1 - 2 * overlap / (sum_p + sum_t + 1) + entropy / 8;
    }
  }
  expected /= 3;
  const Tensor mask = bytes(labelled, {2, 2});
  DOCTEST_CHECK(labelled_pairs(mask) == 3);
  const Tensor loss = segmentation_loss(logits, {bytes(label, {2, 2, 2, 2}), mask, kTwoClasses}, 3);
  DOCTEST_CHECK(loss.item<double>() == doctest::Approx(expected).epsilon(1e-6));
}

DOCTEST_TEST_CASE(
    "loss: unlabelled classes get a gradient of exactly zero, even where logits are NaN") {
  Tensor logits = torch::ones({2, 4, 4, 4, 4});
  logits.select(0, 0).select(0, 2).fill_(std::numeric_limits<float>::quiet_NaN());
  logits.requires_grad_(true);
  const Tensor mask = bytes({1, 1, 0, 0, 1, 1, 1, 1}, {2, 4});
  const Tensor label = torch::randint(0, 5, {2, 4, 4, 4}).to(torch::kByte);
  const Tensor loss =
      segmentation_loss(logits, {label, mask, kClasses.targets}, labelled_pairs(mask));
  loss.backward();
  DOCTEST_CHECK(std::isfinite(loss.item<double>()));
  for (const int n : {0, 1}) {
    for (const int k : {0, 1, 2, 3}) {
      DOCTEST_CAPTURE(n);
      DOCTEST_CAPTURE(k);
      const Tensor gradient = logits.grad()[n][k];
      const bool labelled = mask[n][k].item<int>() != 0;
      DOCTEST_CHECK(torch::count_nonzero(gradient).item<int>() == (labelled ? 64 : 0));
    }
  }
}

DOCTEST_TEST_CASE(
    "loss: what an unlabelled class's labels say changes neither loss nor any gradient") {
  const auto computed = [](const Batch& batch) {
    auto net = network();
    const StepResult result = add_gradients(net, batch, kClasses, kSettings, {});
    return std::pair(result.loss, gradients(net));
  };
  Batch batch = batch_of(2, /*partial=*/true);
  const auto [loss, before] = computed(batch);
  // Right vessels of window 0, which labels the left side only, become background, background
  // becomes right vein.
  const std::size_t voxels = batch.label.size() / 2;
  std::size_t changed = 0;
  for (std::size_t i = 0; i < voxels; ++i) {
    if (batch.label[i] != 1 && batch.label[i] != 2) {
      batch.label[i] = batch.label[i] == 0 ? 4 : 0;
      ++changed;
    }
  }
  DOCTEST_REQUIRE(changed > 100);
  const auto [other_loss, after] = computed(batch);
  DOCTEST_CHECK(other_loss == loss);
  DOCTEST_CHECK(same_bits(before, after));
  // And a labelled class's labels do matter.
  std::fill(batch.label.begin(), batch.label.begin() + 500, std::uint8_t{1});
  DOCTEST_CHECK(computed(batch).first != loss);
}

DOCTEST_TEST_CASE("loss: an unlabelled class's head numbers get no gradient in the network") {
  const auto net = network();
  const LaCafGraph graph(kSize, net.weights());
  const Batch batch = batch_of(1, /*partial=*/true);
  const Tensor image = torch::tensor(batch.image).view({1, 1, 16, 16, 16});
  const auto features = graph.backbone(image);
  const auto text = graph.text(net.weights().at("organ_embedding"));
  Tensor numbers = graph.controller(graph.image_feature(features.deep), text);
  numbers.retain_grad();
  const Tensor logits = graph.head(graph.head_input(features.shallow), numbers);
  const Tensor mask = bytes(batch.labelled, {1, 4});
  segmentation_loss(logits, {bytes(batch.label, {1, 16, 16, 16}), mask, kClasses.targets},
                    labelled_pairs(mask))
      .backward();
  for (const int k : {0, 1}) DOCTEST_CHECK(numbers.grad()[0][k].abs().max().item<double>() > 0);
  for (const int k : {2, 3}) DOCTEST_CHECK(numbers.grad()[0][k].abs().max().item<double>() == 0);
}

DOCTEST_TEST_CASE("count_dice: counts labels as the node makes them, over labelled classes") {
  // One window of 8 voxels, 2 classes: the larger p wins, p <= threshold is background.
  Tensor logits = torch::full({1, 2, 2, 2, 2}, -5.0F);
  auto class0 = logits[0][0].view(-1);
  auto class1 = logits[0][1].view(-1);
  class0.slice(0, 0, 3).fill_(1.0F);  // voxels 0, 1, 2 say class 0,
  class1.slice(0, 2, 5).fill_(2.0F);  // voxels 2, 3, 4 class 1, which wins voxel 2
  const Tensor label = bytes({1, 0, 2, 2, 0, 1, 0, 2}, {1, 2, 2, 2});
  const auto counts = count_dice(logits, {label, bytes({1, 1}, {1, 2}), kTwoClasses}, 0.5);
  DOCTEST_CHECK((counts[0] == DiceCount{.overlap = 1, .predicted = 2, .truth = 2}));
  DOCTEST_CHECK((counts[1] == DiceCount{.overlap = 2, .predicted = 3, .truth = 3}));
  const auto half = count_dice(logits, {label, bytes({1, 0}, {1, 2}), kTwoClasses}, 0.5);
  DOCTEST_CHECK((half[1] == DiceCount{}));
  DOCTEST_CHECK_FALSE(half[1].dice().has_value());
  const auto strict =
      count_dice(logits, {label, bytes({1, 1}, {1, 2}), kTwoClasses}, 0.8);  // sigmoid(1) = 0.73
  DOCTEST_CHECK(strict[0].predicted == 0);
}

DOCTEST_TEST_CASE(
    "loss: voxels of unknown label change neither loss nor counts and get no gradient") {
  // A window whose second half is unknown must weigh like the first half alone.
  torch::manual_seed(3);
  Tensor logits = torch::randn({1, 2, 2, 4, 4}).requires_grad_(true);
  Tensor label = torch::randint(0, 3, {1, 2, 4, 4}).to(torch::kByte);
  label.select(1, 1).fill_(kUnknownLabel);
  const Tensor mask = bytes({1, 1}, {1, 2});
  const Truth truth{label, mask, kTwoClasses};
  const Tensor loss = segmentation_loss(logits, truth, 2);
  loss.backward();
  DOCTEST_CHECK(torch::count_nonzero(logits.grad().select(2, 1)).item<int>() == 0);
  DOCTEST_CHECK(torch::count_nonzero(logits.grad().select(2, 0)).item<int>() == 2 * 16);

  const Tensor known_logits = logits.detach().narrow(2, 0, 1);
  const Tensor known_label = label.narrow(1, 0, 1);
  const Truth known{known_label, mask, kTwoClasses};
  DOCTEST_CHECK(loss.item<double>() ==
                doctest::Approx(segmentation_loss(known_logits, known, 2).item<double>()));
  for (const Winner winner : {Winner::kLargest, Winner::kAll}) {
    DOCTEST_CHECK((count_dice(logits.detach(), truth, 0.5, winner) ==
                   count_dice(known_logits, known, 0.5, winner)));
  }
}

DOCTEST_TEST_CASE("adamw: does what PyTorch's does, step for step") {
  Tensor ours = torch::tensor(generated_numbers("w", 50)).to(torch::kFloat);
  Tensor theirs = ours.clone().requires_grad_(true);
  ours.requires_grad_(true);
  torch::optim::AdamW reference(
      {theirs}, torch::optim::AdamWOptions(0.01).weight_decay(0.1).betas({0.9, 0.999}).eps(1e-8));
  const AdamW optimizer{.weight_decay = 0.1};
  AdamW::Moments moments{.first = torch::zeros({50}), .second = torch::zeros({50})};
  for (int step = 1; step <= 20; ++step) {
    const double rate = 0.01 / step;
    const Tensor gradient =
        torch::tensor(generated_numbers("g", 50, static_cast<std::uint64_t>(step)))
            .to(torch::kFloat);
    static_cast<torch::optim::AdamWOptions&>(reference.param_groups()[0].options()).lr(rate);
    theirs.mutable_grad() = gradient;
    reference.step();
    optimizer.update({.number = step, .learning_rate = rate}, gradient, ours, moments);
  }
  DOCTEST_CHECK((ours - theirs).abs().max().item<double>() < 1e-7);
  DOCTEST_CHECK(ours.requires_grad());
}

DOCTEST_TEST_CASE(
    "trainable_network: computes what LaCafGraph does, for both kinds of text adapter") {
  for (const TextAdapter adapter : {TextAdapter::kPerClass, TextAdapter::kShared}) {
    LaCafSize size = kSize;
    size.text_adapter = adapter;
    const auto net = network({}, size);
    const Tensor image = torch::tensor(batch_of(2, false).image).view({2, 1, 16, 16, 16});
    const Tensor expected =
        LaCafGraph(size, net.weights()).forward(image, net.weights().at("organ_embedding"));
    for (const Activations activations : {Activations::kKept, Activations::kRecomputed}) {
      DOCTEST_CHECK(torch::allclose(net.logits(image, net.class_features(), activations), expected,
                                    1e-5, 1e-6));
    }
  }
}

DOCTEST_TEST_CASE("trainable_network: every memory plan gives the same loss and gradients") {
  const Batch batch = batch_of(3, /*partial=*/true);
  auto plain = network();
  const StepResult expected =
      add_gradients(plain, batch, kClasses, kSettings, {Activations::kKept, 3});
  const auto reference = gradients(plain);
  DOCTEST_CHECK(reference.size() + 1 == lacaf_parameters(kSize).size());  // all but the text
  for (const MemoryPlan plan :
       {MemoryPlan{Activations::kRecomputed, 3}, MemoryPlan{Activations::kKept, 2},
        MemoryPlan{Activations::kRecomputed, 1}}) {
    DOCTEST_CAPTURE(plan.windows_at_once);
    auto net = network();
    const StepResult result = add_gradients(net, batch, kClasses, kSettings, plan);
    DOCTEST_CHECK(result.loss == doctest::Approx(expected.loss).epsilon(1e-6));
    DOCTEST_CHECK((result.dice == expected.dice));
    DOCTEST_CHECK(largest_difference(reference, gradients(net)) < 2e-3);
  }
}

DOCTEST_TEST_CASE("trainable_network: recomputing a level keeps less memory") {
  // Tensors that autograd keeps alive, by what the CPU allocator has handed out, cannot be asked
  // for in every LibTorch; the graph tells as well: one node per level instead of dozens.
  const auto net = network();
  const Tensor image = torch::tensor(batch_of(1, false).image).view({1, 1, 16, 16, 16});
  const auto nodes = [](const Tensor& root) {
    std::vector<torch::autograd::Node*> open{root.grad_fn().get()};
    std::vector<torch::autograd::Node*> seen;
    while (!open.empty()) {
      auto* node = open.back();
      open.pop_back();
      if (node == nullptr || std::ranges::count(seen, node) > 0) continue;
      if (node->name().find("AccumulateGrad") != std::string::npos) continue;
      seen.push_back(node);
      for (const auto& edge : node->next_edges()) open.push_back(edge.function.get());
    }
    return seen.size();
  };
  const auto kept = nodes(net.logits(image, net.class_features(), Activations::kKept));
  const auto recomputed = nodes(net.logits(image, net.class_features(), Activations::kRecomputed));
  DOCTEST_CHECK(recomputed * 2 < kept);
}

DOCTEST_TEST_CASE("trainable_network: frozen parameters and text features keep every bit") {
  auto net = network({.frozen = {"backbone.down", "controller"}});
  const auto before = net.state();
  for (int step = 1; step <= 2; ++step) {
    add_gradients(net, batch_of(2, false), kClasses, kSettings, {});
    net.update({.number = step, .learning_rate = 1e-2});
  }
  const auto after = net.state();
  int changed = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::string& name = before[i].shape.name;
    DOCTEST_CAPTURE(name);
    const bool frozen = name.starts_with("backbone.down") || name.starts_with("controller") ||
                        name == "organ_embedding";
    DOCTEST_CHECK(after[i].first.empty() == frozen);
    if (frozen) DOCTEST_CHECK(before[i].value == after[i].value);
    changed += before[i].value != after[i].value ? 1 : 0;
  }
  DOCTEST_CHECK(changed > 20);
}

DOCTEST_TEST_CASE("trainable_network: restores its state to the last bit and learns on alike") {
  const Batch batch = batch_of(2, false);
  const auto one_step = [&](TrainableNetwork& net, int step) {
    add_gradients(net, batch, kClasses, kSettings, {});
    net.update({.number = step, .learning_rate = 1e-2});
  };
  auto original = network();
  one_step(original, 1);
  auto copy = network();
  copy.restore(original.state());
  one_step(original, 2);
  one_step(copy, 2);
  const auto expected = original.state();
  const auto actual = copy.state();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    DOCTEST_CAPTURE(expected[i].shape.name);
    DOCTEST_CHECK(actual[i].value == expected[i].value);
    DOCTEST_CHECK(actual[i].first == expected[i].first);
    DOCTEST_CHECK(actual[i].second == expected[i].second);
  }
}
