// c10 and doctest both define CHECK.
#define DOCTEST_CONFIG_NO_SHORT_MACRO_NAMES
#include "model/text_tower_graph.h"

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "model/generated_weights.h"
#include "model/safetensors.h"

using namespace hilum::model;
using torch::Tensor;

namespace {

TextTowerGraph::Table generated_table(const TextTowerSize& size, const std::string& prefix = {}) {
  TextTowerGraph::Table table;
  for (const auto& [name, shape] : text_tower_parameters(size)) {
    auto values = generated_parameter(name, shape);
    table.emplace(prefix + name, torch::from_blob(values.data(), shape).clone());
  }
  return table;
}

constexpr TextTowerSize kSmall{
    .vocabulary = 258, .context = 12, .width = 64, .layers = 2, .output = 8};

Tensor token_row(std::vector<std::int64_t> ids) { return torch::tensor(ids).unsqueeze(0); }

double largest_difference(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

}  // namespace

// Outputs of OpenAI's text encoder on the generated weights of ViT-B/32's tower.
DOCTEST_TEST_CASE("text_tower_graph: computes what CLIP's text encoder computes") {
  const auto golden = SafetensorsFile::read(HILUM_GOLDEN_DIR "/clip_text.safetensors");
  DOCTEST_REQUIRE(golden);
  auto tokens = golden->values<std::int64_t>("tokens");
  auto expected = golden->floats("text_features");
  DOCTEST_REQUIRE(tokens);
  DOCTEST_REQUIRE(expected);
  constexpr TextTowerSize kClip{
      .vocabulary = 49408, .context = 77, .width = 512, .layers = 12, .output = 512};
  const auto table = generated_table(kClip);
  const torch::InferenceMode inference;
  const Tensor features =
      TextTowerGraph(kClip, table).forward(torch::from_blob(tokens->data(), {5, 77}, torch::kLong));
  const Tensor reference = torch::from_blob(expected->data(), {5, 512});
  const double relative =
      largest_difference(features, reference) / reference.abs().max().item<double>();
  DOCTEST_CHECK(relative <= 1e-4);

  // A row without what follows its end token gives the same feature, which is what is run.
  const auto* first = tokens->data();
  const auto length = std::max_element(first, first + 77) - first + 1;
  const Tensor alone = TextTowerGraph(kClip, table)
                           .forward(token_row(std::vector<std::int64_t>(first, first + length)));
  DOCTEST_CHECK(largest_difference(alone[0], reference[0]) <=
                1e-4 * reference.abs().max().item<double>());
}

DOCTEST_TEST_CASE("text_tower_graph: what follows the end token changes nothing") {
  const auto table = generated_table(kSmall);
  const TextTowerGraph graph(kSmall, table);
  const Tensor a = graph.forward(token_row({256, 10, 11, 257, 0, 0}));
  const Tensor b = graph.forward(token_row({256, 10, 11, 257, 99, 3}));
  const Tensor c = graph.forward(token_row({256, 10, 12, 257, 0, 0}));
  DOCTEST_CHECK(torch::equal(a, b));
  DOCTEST_CHECK(largest_difference(a, c) > 1e-3);
}

DOCTEST_TEST_CASE("text_tower_graph: rows do not see each other") {
  const auto table = generated_table(kSmall);
  const TextTowerGraph graph(kSmall, table);
  const Tensor together =
      graph.forward(torch::cat({token_row({256, 10, 257}), token_row({256, 257, 0})}));
  DOCTEST_CHECK(largest_difference(together[0], graph.forward(token_row({256, 10, 257}))[0]) <
                1e-5);
  DOCTEST_CHECK(largest_difference(together[1], graph.forward(token_row({256, 257}))[0]) < 1e-5);
}

DOCTEST_TEST_CASE("text_tower_graph: a gradient reaches every weight and is the true one") {
  auto table = generated_table(kSmall, "text_tower.");
  for (auto& [name, weight] : table) weight.requires_grad_(true);
  const TextTowerGraph graph(kSmall, table, "text_tower.");
  const Tensor tokens = token_row({256, 10, 11, 257});
  const Tensor mix = torch::linspace(-1, 1, 8);
  const auto loss = [&] { return (graph.forward(tokens) * mix).sum(); };
  loss().backward();
  for (const auto& [name, weight] : table) {
    DOCTEST_CAPTURE(name);
    DOCTEST_REQUIRE(weight.grad().defined());
    DOCTEST_CHECK(weight.grad().abs().max().item<double>() > 0);
  }
  // Against a difference quotient.
  for (const std::string name :
       {"text_tower.transformer.resblocks.0.attn.in_proj_weight",
        "text_tower.transformer.resblocks.1.mlp.c_fc.bias", "text_tower.positional_embedding"}) {
    DOCTEST_CAPTURE(name);
    const torch::NoGradGuard no_grad;
    Tensor& weight = table.at(name);
    const Tensor gradient = weight.grad();
    const Tensor step = gradient / gradient.norm() * 1e-2;
    const double expected = (gradient * step).sum().item<double>() * 2;
    const Tensor before = weight.detach();
    weight = before + step;
    const double up = loss().item<double>();
    weight = before - step;
    const double down = loss().item<double>();
    weight = before;
    DOCTEST_CHECK(std::abs(up - down - expected) < 0.05 * expected);
  }
}
