#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "model/import/clip_weights.h"
#include "model/import/embed_prompts.h"
#include "model/import/import_model.h"
#include "model/safetensors.h"
#include "tests/unit/model/import/memory_state_dict.h"
#include "tests/unit/model/import/python_torch.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr TextTowerSize kTower{
    .vocabulary = 517, .context = 77, .width = 64, .layers = 1, .output = 512};
/// A header and the three merges that a vocabulary of 517 has.
constexpr const char* kMerges = "#version: small\na r\nar t\nart e\n";

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::vector<Parameter> tower_parameters() {
  std::vector<Parameter> parameters;
  for (const auto& shape : text_tower_parameters(kTower)) {
    parameters.push_back({.shape = shape, .values = generated_parameter(shape.name, shape.shape)});
  }
  return parameters;
}

std::vector<float> expected_features() {
  std::vector<std::string> prompts;
  for (const auto& one : standard_classes()) prompts.push_back(one.prompt);
  auto tokenizer = Tokenizer::clip_bpe(kMerges, kTower.vocabulary);
  REQUIRE(tokenizer);
  auto values = embed_prompts(
      {.size = kTower, .tokenizer = *std::move(tokenizer), .parameters = tower_parameters()},
      prompts);
  REQUIRE(values);
  return *std::move(values);
}

/// A safetensors file of a CLIP model under OpenAI's names, as float32.
void write_clip(const std::filesystem::path& file, const std::vector<Parameter>& parameters) {
  std::vector<TensorToWrite> tensors;
  for (const auto& [shape, values] : parameters) {
    tensors.push_back({.name = shape.name,
                       .type = DType::kF32,
                       .shape = shape.shape,
                       .bytes = std::as_bytes(std::span(values))});
  }
  REQUIRE(write_safetensors(file, tensors, {}));
}

ImportOptions options_in(const test::TempDir& dir) {
  auto tensors = test::generated_lacaf({.width = 1, .classes = 4, .window = 16});
  std::erase_if(tensors, [](const auto& tensor) { return tensor.name == "organ_embedding"; });
  test::write_file(dir / "lacaf.pth", test::checkpoint_bytes(tensors));
  test::write_file(dir / "merges.txt", kMerges);
  ImportOptions options;
  options.lacaf = dir / "lacaf.pth";
  options.clip = dir / "clip.safetensors";
  options.merges = dir / "merges.txt";
  options.out = dir / "bundle";
  return options;
}

}  // namespace

TEST_CASE("torch_clip: CLIP embeds the prompts and travels in the bundle") {
  const test::TempDir dir;
  const auto options = options_in(dir);
  write_clip(dir / "clip.safetensors", tower_parameters());
  const auto report = import_model(options);
  REQUIRE_MESSAGE(report, (report ? std::string() : report.error().message));
  CHECK(report->features.source == FeatureSource::kClip);
  const auto bundle = ModelBundle::open(options.out);
  REQUIRE(bundle);
  const auto stored = bundle->tensor("organ_embedding");
  CHECK(std::vector<float>(stored.begin(), stored.end()) == expected_features());
  REQUIRE(bundle->has_text_tower());
  auto tower = bundle->text_tower();
  REQUIRE(tower);
  CHECK(tower->size == kTower);
  const std::vector<std::string> prompt{standard_classes()[2].prompt};
  const auto again = embed_prompts(*std::move(tower), prompt);
  REQUIRE(again);
  CHECK(std::vector<float>(stored.begin() + 1024, stored.begin() + 1536) == *again);
  for (const char* key : {"clip_weights", "clip_merges", "weights"}) {
    CHECK(contains(report->manifest.provenance.at(key), "SHA-256 "));
  }
}

TEST_CASE("torch_clip: the tower can be left out, and other prompts give other features") {
  const test::TempDir dir;
  auto options = options_in(dir);
  write_clip(dir / "clip.safetensors", tower_parameters());
  options.keep_tower = KeepTower::kNo;
  options.prompts = {{"Left pulmonary vein", "vena pulmonalis sinistra"}};
  const auto report = import_model(options);
  REQUIRE(report);
  const auto bundle = ModelBundle::open(options.out);
  REQUIRE(bundle);
  CHECK_FALSE(bundle->has_text_tower());
  CHECK(bundle->manifest().classes[1].prompt == "vena pulmonalis sinistra");
  const auto paper = expected_features();
  const auto stored = bundle->tensor("organ_embedding");
  CHECK(std::equal(paper.begin(), paper.begin() + 512, stored.begin()));
  CHECK_FALSE(std::equal(paper.begin() + 512, paper.begin() + 1024, stored.begin() + 512));
}

TEST_CASE("torch_clip: a tower of another model, or other merges, are refused") {
  const test::TempDir dir;
  auto options = options_in(dir);
  std::vector<Parameter> other;
  for (const auto& shape : text_tower_parameters(
           {.vocabulary = 517, .context = 77, .width = 64, .layers = 1, .output = 768})) {
    other.push_back({.shape = shape, .values = generated_parameter(shape.name, shape.shape)});
  }
  write_clip(dir / "clip.safetensors", other);
  CHECK(contains(import_model(options).error().message, "768 features"));
  write_clip(dir / "clip.safetensors", tower_parameters());
  test::write_file(dir / "merges.txt", "#version\na r\n");
  CHECK_FALSE(import_model(options));
  CHECK_FALSE(std::filesystem::exists(options.out));
}

TEST_CASE("torch_clip: OpenAI's kind of TorchScript archive is read") {
  const test::TempDir dir;
  if (!test::run_with_torch(dir, R"(
import torch
from torch import nn
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn = nn.MultiheadAttention(64, 1)
        self.ln_1 = nn.LayerNorm(64)
        self.ln_2 = nn.LayerNorm(64)
        self.mlp = nn.Sequential()
        self.mlp.add_module('c_fc', nn.Linear(64, 256))
        self.mlp.add_module('c_proj', nn.Linear(256, 64))
    def forward(self, x):
        return x + self.mlp.c_proj(self.mlp.c_fc(self.ln_2(self.ln_1(x))))
class Clip(nn.Module):
    def __init__(self):
        super().__init__()
        self.visual = nn.Linear(3, 3)
        self.transformer = nn.Module()
        self.transformer.resblocks = nn.Sequential(Block(), Block())
        self.token_embedding = nn.Embedding(20, 64)
        self.positional_embedding = nn.Parameter(torch.randn(6, 64))
        self.ln_final = nn.LayerNorm(64)
        self.text_projection = nn.Parameter(torch.randn(64, 16))
        self.logit_scale = nn.Parameter(torch.ones([]))
        self.register_buffer('context_length', torch.tensor(6))
    def forward(self, ids):
        x = self.token_embedding(ids) + self.positional_embedding
        x = self.ln_final(self.transformer.resblocks(x))
        return x @ self.text_projection * self.logit_scale
torch.manual_seed(1)
clip = Clip().eval()
traced = torch.jit.trace(clip, torch.zeros(1, 6, dtype=torch.long))
traced.half()
traced.save('clip.pt')
torch.save({n: p.half() for n, p in clip.state_dict().items()}, 'clip.pth')
)")) {
    return;
  }
  auto script = open_state_dict(dir / "clip.pt");
  REQUIRE_MESSAGE(script, (script ? std::string() : script.error().message));
  const auto text = take_clip_text(**script);
  REQUIRE_MESSAGE(text, (text ? std::string() : text.error().message));
  CHECK(text->size ==
        TextTowerSize{.vocabulary = 20, .context = 6, .width = 64, .layers = 2, .output = 16});
  CHECK(text->ignored.at("logit scale") == 1);
  CHECK(text->ignored.at("image tower") == 2);

  auto plain = open_state_dict(dir / "clip.pth");
  REQUIRE(plain);
  const auto same = take_clip_text(**plain);
  REQUIRE(same);
  for (std::size_t i = 0; i < text->parameters.size(); ++i) {
    CAPTURE(text->parameters[i].shape.name);
    CHECK(text->parameters[i].values == same->parameters[i].values);
  }
  const auto wrong = open_checkpoint(dir / "clip.pt");
  REQUIRE_FALSE(wrong);
  CHECK(contains(wrong.error().message, "TorchScript"));
}

TEST_CASE("torch_clip: a damaged TorchScript archive is an error") {
  const test::TempDir dir;
  test::write_file(dir / "m.pt",
                   test::ZipWriter::make({{.name = "m/code/__torch__.py", .content = "x"},
                                          {.name = "m/constants.pkl", .content = "x"},
                                          {.name = "m/data.pkl", .content = "cos\nsystem\n."}}));
  const auto dict = open_torchscript(dir / "m.pt");
  REQUIRE_FALSE(dict);
  CHECK(contains(dict.error().message, "m.pt"));
}
