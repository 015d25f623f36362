#include "model/import/lacaf_weights.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "tests/unit/model/import/memory_state_dict.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr LaCafSize kSmall{.width = 2, .classes = 4, .window = 32};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string refused(test::MemoryStateDict& dict) {
  const auto weights = take_lacaf(dict);
  REQUIRE_FALSE(weights);
  CHECK(weights.error().code == ErrorCode::kInvalidInput);
  return weights.error().message;
}

}  // namespace

TEST_CASE("lacaf_weights: width, classes, window and kind of adapter are read off the shapes") {
  for (const LaCafSize& size :
       {kSmall, LaCafSize{.width = 3, .classes = 2, .window = 96},
        LaCafSize{.width = 1, .classes = 1, .window = 16},
        LaCafSize{.width = 2, .classes = 4, .window = 32, .text_adapter = TextAdapter::kShared}}) {
    CAPTURE(size.width);
    test::MemoryStateDict dict(test::generated_lacaf(size));
    const auto weights = take_lacaf(dict);
    REQUIRE_MESSAGE(weights, (weights ? std::string() : weights.error().message));
    CHECK(weights->size.width == size.width);
    CHECK(weights->size.classes == size.classes);
    CHECK(weights->size.window == size.window);
    CHECK(weights->size.text_adapter == size.text_adapter);
    CHECK(weights->parameters.size() == lacaf_parameters(size).size() - 1);
    CHECK(weights->text_features == generated_text_features(size.classes));
    for (const auto& [shape, values] : weights->parameters) {
      CAPTURE(shape.name);
      CHECK(values == generated_parameter(shape.name, shape.shape));
    }
  }
}

TEST_CASE("lacaf_weights: what the forward pass does not read is counted by kind") {
  test::MemoryStateDict dict(test::generated_lacaf(kSmall));
  for (const char* name :
       {"backbone.down_tr64.ops.0.bn1.running_mean", "backbone.down_tr64.ops.0.bn1.running_var",
        "backbone.down_tr64.ops.0.bn1.num_batches_tracked", "imgAdapter.D_fc1.weight",
        "GAP.0.weight", "norm.weight", "attn.in_proj_weight", "controller_256.weight",
        "controller_1024.bias", "text_to_vision.weight"}) {
    dict.add({name, {1}, {0}});
  }
  const auto weights = take_lacaf(dict);
  REQUIRE(weights);
  CHECK(weights->ignored == std::map<std::string, int>{{"running statistics", 3},
                                                       {"imgAdapter", 1},
                                                       {"GAP", 1},
                                                       {"norm", 1},
                                                       {"attn", 1},
                                                       {"controller_256", 1},
                                                       {"controller_1024", 1},
                                                       {"text_to_vision", 1}});
}

TEST_CASE("lacaf_weights: missing, surplus and misshapen tensors are named in one message") {
  test::MemoryStateDict dict(test::generated_lacaf(kSmall));
  dict.remove("controller.bias");
  dict.add({"extra.weight", {1}, {0}});
  dict.add({"precls_conv.0.weight", {5}, {0, 0, 0, 0, 0}});
  dict.add({"organ_embedding", {3, 512}, std::vector<float>(3 * 512)});
  const auto message = refused(dict);
  CHECK(contains(message, "width 2 with 4 classes and window 32"));
  CHECK(contains(message, "'controller.bias' is missing"));
  CHECK(contains(message, "'extra.weight' is not known"));
  CHECK(contains(message, "'precls_conv.0.weight' has shape [5] instead of [4]"));
  CHECK(contains(message, "'organ_embedding' has shape [3, 512] instead of [4, 512]"));
}

TEST_CASE("lacaf_weights: a gap in the text adapters is a missing tensor") {
  test::MemoryStateDict dict(test::generated_lacaf(kSmall));
  for (const char* part : {"D_fc1.weight", "D_fc1.bias", "D_fc2.weight", "D_fc2.bias"}) {
    dict.remove(std::string("txtAdapter.1.") + part);
  }
  CHECK(contains(refused(dict), "'txtAdapter.1.D_fc1.weight' is missing"));
}

TEST_CASE("lacaf_weights: text features may have a middle dimension or be missing") {
  test::MemoryStateDict dict(test::generated_lacaf(kSmall));
  dict.add({"organ_embedding", {4, 1, 512}, generated_text_features(4)});
  auto weights = take_lacaf(dict);
  REQUIRE(weights);
  CHECK(weights->text_features == generated_text_features(4));
  dict.remove("organ_embedding");
  weights = take_lacaf(dict);
  REQUIRE(weights);
  CHECK_FALSE(weights->text_features);
}

TEST_CASE("lacaf_weights: another network, or absurd sizes, are told as such") {
  test::MemoryStateDict other({{"conv1.weight", {64, 3, 7, 7}, {}}});
  const auto message = refused(other);
  CHECK(contains(message, "no state dict of LA-CAF"));
  CHECK(contains(message, "'backbone.down_tr64.ops.0.conv1.weight' is missing"));
  CHECK(contains(message, "'txtAdapter.0.D_fc1.weight' is missing"));

  test::MemoryStateDict huge(test::generated_lacaf(kSmall));
  huge.add({"backbone.down_tr64.ops.0.conv1.weight", {std::int64_t{1} << 40, 1, 3, 3, 3}, {}});
  huge.add({"Feature_adapter2.0.D_fc1.weight", {1, 1 << 20}, {}});
  const auto text = refused(huge);
  CHECK(contains(text, "1099511627776"));
  CHECK(contains(text, "1..256"));
  CHECK(contains(text, "1..32"));
}

TEST_CASE("lacaf_weights: a flood of wrong names is cut, with the number of the others") {
  test::MemoryStateDict dict(test::generated_lacaf(kSmall));
  for (int i = 0; i < 1000; ++i) dict.add({"x" + std::to_string(i), {1}, {0}});
  const auto message = refused(dict);
  CHECK(contains(message, "; and 900 more"));
  CHECK(message.size() < 10'000);
}
