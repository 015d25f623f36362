// c10 has a macro CHECK of its own, hence the long names.
#define DOCTEST_CONFIG_NO_SHORT_MACRO_NAMES
#include "model/train/level_path.h"

#include <ATen/Parallel.h>
#include <doctest/doctest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "model/generated_weights.h"
#include "model/train/cpu_ops.h"
#include "model/train/initial_weights.h"
#include "model/train/train_step.h"
#include "tests/unit/model/train/volumes.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::train;
using torch::Tensor;

namespace {

constexpr LaCafSize kSize{.width = 4, .classes = 4, .window = 32};

Tensor generated(const std::string& name, const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t edge : shape) count *= edge;
  return torch::tensor(generated_numbers(name, static_cast<std::size_t>(count)))
      .to(torch::kFloat)
      .view(shape);
}

/// The gradients of sum(output * weights) for `inputs`, with some fixed weights.
std::vector<Tensor> gradients_of(const Tensor& output, const std::vector<Tensor>& inputs) {
  const Tensor weights = generated("output gradient", output.sizes().vec()).to(output.dtype());
  return torch::autograd::grad({output}, inputs, {weights});
}

/// Largest difference as a share of the largest value.
double difference(const Tensor& a, const Tensor& b) {
  return ((a.to(torch::kFloat) - b).abs().max() / (b.abs().max() + 1e-12)).item<double>();
}

void check_alike(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected,
                 double tolerance) {
  DOCTEST_REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    DOCTEST_CAPTURE(i);
    DOCTEST_CHECK(difference(actual[i], expected[i]) < tolerance);
  }
}

TrainableNetwork network(ComputePath path, Precision precision = Precision::kFloat32) {
  auto parameters = initial_weights(kSize, 3);
  parameters.push_back({.shape = {"organ_embedding", {kSize.classes, kTextFeatures}},
                        .values = generated_text_features(kSize.classes, 3)});
  TrainableNetwork::Options options;
  options.precision = precision;
  options.path = path;
  return {kSize, parameters, options};
}

Batch two_windows() {
  Batch all{.windows = 2, .image = {}, .label = {}, .labelled = {}};
  for (int i = 0; i < 2; ++i) {
    Sample sample = test::tube_volume(40, i);
    if (!finish_sample(sample, kSize.classes)) std::abort();
    const Batch one = validation_windows(sample, i, 1, kSize.window);
    all.image.insert(all.image.end(), one.image.begin(), one.image.end());
    all.label.insert(all.label.end(), one.label.begin(), one.label.end());
    all.labelled.insert(all.labelled.end(), one.labelled.begin(), one.labelled.end());
  }
  return all;
}

StepResult step(TrainableNetwork& network, const Batch& batch,
                Activations activations = Activations::kKept) {
  return add_gradients(network, batch, class_query(kSize.classes), {.edge = kSize.window},
                       {activations, 2});
}

/// Largest 1 - cosine of the angle between both gradients of a parameter, but for what a
/// normalisation behind it removes, whose gradients are rounding errors around zero: biases of
/// convolutions and, with one channel per group of the head's norm, the last scale.
double largest_angle(const TrainableNetwork& a, const TrainableNetwork& b) {
  double most = 0;
  for (const auto& [name, weight] : b.weights()) {
    if (!weight.grad().defined() || name.ends_with("conv1.bias") ||
        name == "backbone.up_tr64.ops.1.bn1.weight") {
      continue;
    }
    const Tensor x = a.weights().at(name).grad().flatten();
    const Tensor y = weight.grad().flatten();
    const double cosine = (x.dot(y) / (x.norm() * y.norm() + 1e-30)).item<double>();
    most = std::max(most, 1 - cosine);
  }
  return most;
}

}  // namespace

DOCTEST_TEST_CASE("cpu_ops: norm_relu is group norm and ReLU, with any number of groups") {
  const Tensor x = generated("x", {2, 6, 3, 5, 7}).add(0.3).requires_grad_(true);
  const Tensor weight = generated("weight", {6}).add(0.2).requires_grad_(true);
  const Tensor bias = generated("bias", {6}).requires_grad_(true);
  const Tensor removed = torch::zeros({6}).requires_grad_(true);
  for (const std::int64_t groups : {6, 3, 1}) {
    DOCTEST_CAPTURE(groups);
    const Tensor expected = at::relu(at::group_norm(x, groups, weight, bias, 1e-5));
    const Tensor actual = norm_relu(x, {weight, bias, removed}, groups, torch::kFloat);
    DOCTEST_CHECK(difference(actual, expected) < 1e-6);
    check_alike(gradients_of(actual, {x, weight, bias}), gradients_of(expected, {x, weight, bias}),
                1e-5);
    const Tensor again = norm_relu(x, {weight, bias, removed}, groups, torch::kFloat);
    DOCTEST_CHECK(torch::count_nonzero(gradients_of(again, {removed})[0]).item<int>() == 0);
  }
}

DOCTEST_TEST_CASE("cpu_ops: max_pool_2 sends the gradient to the first of equal voxels") {
  // Whole numbers, so that many are equal.
  const Tensor x = generated("x", {2, 3, 6, 6, 6}).mul(2).round().requires_grad_(true);
  const Tensor expected = at::max_pool3d(x, 2);
  const Tensor actual = max_pool_2(x);
  DOCTEST_CHECK(torch::equal(actual, expected));
  DOCTEST_CHECK(torch::equal(gradients_of(actual, {x})[0], gradients_of(expected, {x})[0]));
  const Tensor rounded = max_pool_2(x.to(torch::kBFloat16));
  DOCTEST_CHECK(torch::equal(rounded.to(torch::kFloat), expected));
}

DOCTEST_TEST_CASE("cpu_ops: voxel_head is the graph's head, whatever the number of voxels") {
  constexpr LaCafSize size{.width = 3, .classes = 2, .window = 16};
  const Tensor features = generated("f", {2, 6, 5, 7, 9}).abs().requires_grad_(true);
  const Tensor weight = generated("w", {8, 6, 1, 1, 1}).requires_grad_(true);
  const Tensor bias = generated("b", {8}).requires_grad_(true);
  const Tensor numbers = generated("n", {2, 2, kHeadParameters}).requires_grad_(true);
  const std::vector<Tensor> inputs{features, weight, bias, numbers};
  const WeightTable none;
  const Tensor expected = LaCafGraph(size, none).head(at::conv3d(features, weight, bias), numbers);
  const Tensor actual = voxel_head(features, weight, bias, numbers);
  DOCTEST_CHECK(difference(actual, expected) < 1e-6);
  check_alike(gradients_of(actual, inputs), gradients_of(expected, inputs), 1e-5);
}

DOCTEST_TEST_CASE("level_path: a decoder level without the joined tensor is that with it") {
  constexpr std::int64_t kMiddle = 4;
  WeightTable weights{
      {"backbone.up.up_conv.weight", generated("u", {kMiddle, kMiddle, 2, 2, 2})},
      {"backbone.up.up_conv.bias", generated("ub", {kMiddle})},
      {"backbone.up.ops.0.conv1.weight", generated("k0", {3, kMiddle + 2, 3, 3, 3})},
      {"backbone.up.ops.1.conv1.weight", generated("k1", {3, 3, 3, 3, 3})},
  };
  for (const std::string op : {"0", "1"}) {
    const std::string name = "backbone.up.ops." + op;
    weights.emplace(name + ".conv1.bias", generated(name, {3}));
    weights.emplace(name + ".bn1.weight", generated("g" + name, {3}).add(1.5));
    weights.emplace(name + ".bn1.bias", generated("h" + name, {3}));
  }
  std::vector<Tensor> inputs{generated("x", {2, kMiddle, 3, 3, 3}).requires_grad_(true),
                             generated("skip", {2, 2, 6, 6, 6}).requires_grad_(true)};
  for (auto& [name, weight] : weights) {
    weight.requires_grad_(true);
    if (!name.ends_with("conv1.bias")) inputs.push_back(weight);
  }
  const LaCafGraph graph({.width = 1, .classes = 1, .window = 16}, weights);
  const Tensor expected = LevelPath::plain().up(graph, inputs[0], inputs[1], "up");
  const Tensor actual = LevelPath::fast(torch::kFloat).up(graph, inputs[0], inputs[1], "up");
  DOCTEST_CHECK(difference(actual, expected) < 1e-5);
  check_alike(gradients_of(actual, inputs), gradients_of(expected, inputs), 1e-4);
}

DOCTEST_TEST_CASE("level_path: in float32 a step has the plain graph's loss and gradients") {
  const Batch batch = two_windows();
  auto plain = network(ComputePath::kReference);
  const StepResult expected = step(plain, batch);
  for (const Activations activations : {Activations::kKept, Activations::kRecomputed}) {
    auto fast = network(ComputePath::kFast);
    const StepResult actual = step(fast, batch, activations);
    DOCTEST_CHECK(actual.loss == doctest::Approx(expected.loss).epsilon(1e-5));
    DOCTEST_CHECK(largest_angle(fast, plain) < 1e-6);
  }
}

DOCTEST_TEST_CASE("level_path: in bfloat16 gradients point where those of float32 do") {
  const Batch batch = two_windows();
  auto plain = network(ComputePath::kReference);
  const StepResult expected = step(plain, batch);
  auto fast = network(ComputePath::kFast, Precision::kBFloat16);
  const StepResult actual = step(fast, batch);
  DOCTEST_CHECK(actual.loss == doctest::Approx(expected.loss).epsilon(2e-3));
  DOCTEST_CHECK(largest_angle(fast, plain) < 0.15);
}

DOCTEST_TEST_CASE("level_path: in bfloat16 the loss falls as it does in float32") {
  const Batch batch = two_windows();
  const auto loss_after = [&](ComputePath path, Precision precision) {
    auto net = network(path, precision);
    double loss = 0;
    for (int number = 1; number <= 30; ++number) {
      loss = step(net, batch).loss;
      net.update({.number = number, .learning_rate = 3e-3});
    }
    return loss;
  };
  auto fresh = network(ComputePath::kReference);
  const double first = step(fresh, batch).loss;
  const double plain = loss_after(ComputePath::kReference, Precision::kFloat32);
  const double rounded = loss_after(ComputePath::kFast, Precision::kBFloat16);
  DOCTEST_CHECK(plain < 0.8 * first);
  DOCTEST_CHECK(rounded < plain + 0.1 * (first - plain));
}

DOCTEST_TEST_CASE("level_path: the same threads give the same bits") {
  const Batch batch = two_windows();
  for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16}) {
    auto one = network(ComputePath::kFast, precision);
    auto other = network(ComputePath::kFast, precision);
    DOCTEST_CHECK(step(one, batch).loss == step(other, batch).loss);
    for (const auto& [name, weight] : one.weights()) {
      if (!weight.grad().defined()) continue;
      DOCTEST_CAPTURE(name);
      DOCTEST_CHECK(torch::equal(weight.grad(), other.weights().at(name).grad()));
    }
  }
}
