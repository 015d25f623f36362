#include "model/import/clip_weights.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/model/import/memory_state_dict.h"

using namespace hilum;
using namespace hilum::model;
using test::NamedTensor;

namespace {

constexpr TextTowerSize kSmall{
    .vocabulary = 20, .context = 6, .width = 64, .layers = 2, .output = 16};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::vector<NamedTensor> open_ai_tensors() {
  std::vector<NamedTensor> tensors;
  for (const auto& shape : text_tower_parameters(kSmall))
    tensors.push_back(test::generated_tensor(shape));
  return tensors;
}

/// Rows first..first + count of a tensor.
NamedTensor rows_of(const NamedTensor& tensor, std::string name, std::int64_t first,
                    std::int64_t count) {
  auto shape = tensor.shape;
  const auto per_row = static_cast<std::ptrdiff_t>(tensor.values.size()) / shape[0];
  shape[0] = count;
  const auto from = tensor.values.begin() + first * per_row;
  return {std::move(name), std::move(shape), std::vector<float>(from, from + count * per_row)};
}

/// Written out a second time, against the table: transformers' names for one block.
const std::vector<std::pair<std::string, std::string>> kBlock{
    {"attn.out_proj.weight", "self_attn.out_proj.weight"},
    {"attn.out_proj.bias", "self_attn.out_proj.bias"},
    {"ln_1.weight", "layer_norm1.weight"},
    {"ln_1.bias", "layer_norm1.bias"},
    {"mlp.c_fc.weight", "mlp.fc1.weight"},
    {"mlp.c_fc.bias", "mlp.fc1.bias"},
    {"mlp.c_proj.weight", "mlp.fc2.weight"},
    {"mlp.c_proj.bias", "mlp.fc2.bias"},
    {"ln_2.weight", "layer_norm2.weight"},
    {"ln_2.bias", "layer_norm2.bias"}};

std::vector<NamedTensor> hugging_face_tensors() {
  std::vector<NamedTensor> result;
  for (const NamedTensor& tensor : open_ai_tensors()) {
    const auto as = [&](std::string name) {
      result.push_back({std::move(name), tensor.shape, tensor.values});
    };
    if (tensor.name == "token_embedding.weight") as("text_model.embeddings.token_embedding.weight");
    if (tensor.name == "positional_embedding")
      as("text_model.embeddings.position_embedding.weight");
    if (tensor.name == "ln_final.weight") as("text_model.final_layer_norm.weight");
    if (tensor.name == "ln_final.bias") as("text_model.final_layer_norm.bias");
    if (tensor.name == "text_projection") {
      NamedTensor turned{"text_projection.weight", {16, 64}, std::vector<float>(64 * 16)};
      for (std::size_t r = 0; r < 64; ++r) {
        for (std::size_t c = 0; c < 16; ++c) turned.values[c * 64 + r] = tensor.values[r * 16 + c];
      }
      result.push_back(std::move(turned));
    }
    for (const char* layer : {"0", "1"}) {
      const std::string ours = std::string("transformer.resblocks.") + layer + ".";
      const std::string theirs = std::string("text_model.encoder.layers.") + layer + ".";
      for (const auto& [a, b] : kBlock) {
        if (tensor.name == ours + a) as(theirs + b);
      }
      for (const char* kind : {"weight", "bias"}) {
        if (tensor.name != ours + "attn.in_proj_" + kind) continue;
        std::int64_t first = 0;
        for (const char* part : {"q", "k", "v"}) {
          result.push_back(
              rows_of(tensor, theirs + "self_attn." + part + "_proj." + kind, first, 64));
          first += 64;
        }
      }
    }
  }
  return result;
}

void check_is_the_tower(const ClipText& text) {
  CHECK(text.size == kSmall);
  const auto expected = open_ai_tensors();
  REQUIRE(text.parameters.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(expected[i].name);
    CHECK(text.parameters[i].shape.name == expected[i].name);
    CHECK(text.parameters[i].shape.shape == expected[i].shape);
    CHECK(text.parameters[i].values == expected[i].values);
  }
}

}  // namespace

TEST_CASE("clip_weights: OpenAI's names are taken as they are, the image tower left") {
  test::MemoryStateDict dict(open_ai_tensors());
  dict.add({"visual.conv1.weight", {1}, {0}});
  dict.add({"visual.proj", {1}, {0}});
  dict.add({"logit_scale", {}, {0}});
  dict.add({"transformer.resblocks.1.attn_mask", {6, 6}, {}});
  const auto text = take_clip_text(dict);
  REQUIRE_MESSAGE(text, (text ? std::string() : text.error().message));
  CHECK(text->names == ClipNames::kOpenAi);
  CHECK(text->ignored ==
        std::map<std::string, int>{{"attention mask", 1}, {"image tower", 2}, {"logit scale", 1}});
  check_is_the_tower(*text);
}

TEST_CASE("clip_weights: Hugging Face's names give the same tower") {
  test::MemoryStateDict dict(hugging_face_tensors());
  dict.add({"vision_model.embeddings.class_embedding", {1}, {0}});
  dict.add({"visual_projection.weight", {1}, {0}});
  dict.add({"text_model.embeddings.position_ids", {1, 6}, {0}});
  dict.add({"logit_scale", {}, {0}});
  const auto text = take_clip_text(dict);
  REQUIRE_MESSAGE(text, (text ? std::string() : text.error().message));
  CHECK(text->names == ClipNames::kHuggingFace);
  CHECK(text->ignored ==
        std::map<std::string, int>{{"image tower", 2}, {"position ids", 1}, {"logit scale", 1}});
  check_is_the_tower(*text);
}

TEST_CASE("clip_weights: what does not fit is named as the file names it") {
  test::MemoryStateDict dict(hugging_face_tensors());
  dict.remove("text_model.encoder.layers.1.self_attn.k_proj.bias");
  dict.add({"text_model.encoder.layers.0.self_attn.q_proj.weight", {64, 63}, {0}});
  dict.add({"text_model.surprise", {1}, {0}});
  const auto text = take_clip_text(dict);
  REQUIRE_FALSE(text);
  CHECK(contains(text.error().message,
                 "'text_model.encoder.layers.1.self_attn.k_proj.bias' is missing"));
  CHECK(contains(text.error().message,
                 "'text_model.encoder.layers.0.self_attn.q_proj.weight' has shape [64, 63] instead "
                 "of [64, 64]"));
  CHECK(contains(text.error().message, "'text_model.surprise' is not known"));
}

TEST_CASE("clip_weights: a missing block, and what is no CLIP model, are errors") {
  test::MemoryStateDict none({{"conv.weight", {1}, {0}}});
  CHECK(contains(take_clip_text(none).error().message, "no CLIP model"));
  auto tensors = open_ai_tensors();
  std::erase_if(tensors,
                [](const auto& t) { return t.name.starts_with("transformer.resblocks.0."); });
  test::MemoryStateDict gap(tensors);
  CHECK(contains(take_clip_text(gap).error().message,
                 "'transformer.resblocks.0.ln_1.weight' is missing"));
}
