#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/bundle.h"
#include "model/generated_weights.h"
#include "model/half.h"
#include "model/untrained.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr const char* kMerges = "#version: test\nl o\nlo w</w>\nnever used\n";
constexpr TextTowerSize kTower{
    .vocabulary = 514 + 2, .context = 8, .width = 64, .layers = 2, .output = 512};

Manifest manifest_with_tower() {
  Manifest manifest;
  manifest.name = "small";
  manifest.version = "1";
  manifest.base_width = 1;
  manifest.window = 16;
  manifest.text_adapter = TextAdapter::kShared;
  manifest.text_tower = TextTowerSpec{.tokenizer = TokenizerKind::kClipBpe};
  manifest.classes = standard_classes();
  return manifest;
}

std::vector<Parameter> network() {
  std::vector<Parameter> parameters;
  for (const auto& shape : lacaf_parameters(manifest_with_tower().size())) {
    parameters.push_back({shape, generated_parameter(shape.name, shape.shape)});
  }
  return parameters;
}

std::vector<Parameter> network_and_tower() {
  std::vector<Parameter> parameters = network();
  for (auto& [name, shape] : text_tower_parameters(kTower)) {
    auto values = generated_parameter(name, shape);
    parameters.push_back({{"text_tower." + name, shape}, std::move(values)});
  }
  return parameters;
}

Parameter& named(std::vector<Parameter>& parameters, const std::string& name) {
  const auto found =
      std::ranges::find(parameters, name, [](const Parameter& p) { return p.shape.name; });
  REQUIRE(found != parameters.end());
  return *found;
}

ModelBundle opened(const std::filesystem::path& file) {
  auto bundle = ModelBundle::open(file);
  if (!bundle) FAIL(bundle.error().message);
  return std::move(*bundle);
}

std::map<std::string, DType> types_in(const std::filesystem::path& file) {
  const auto read = SafetensorsFile::read(file);
  REQUIRE(read);
  std::map<std::string, DType> types;
  for (const auto& [name, entry] : read->tensors()) types[name] = entry.type;
  return types;
}

std::vector<float> rounded(std::vector<float> values) {
  for (float& value : values) value = half_to_float(float_to_half(value));
  return values;
}

}  // namespace

TEST_CASE("bundle: carries a text tower with its merges") {
  const test::TempDir dir;
  const auto parameters = network_and_tower();
  REQUIRE(save_bundle(dir / "a", manifest_with_tower(), parameters, {.merges = kMerges}));
  const ModelBundle bundle = opened(dir / "a");
  CHECK(bundle.has_text_tower());
  CHECK(bundle.tower_size() == kTower);
  const auto tower = bundle.text_tower();
  REQUIRE(tower);
  CHECK(tower->size == kTower);
  CHECK(*tower->tokenizer.encode("low") == std::vector<std::int32_t>{514, 513, 515});
  REQUIRE(tower->parameters.size() == text_tower_parameters(kTower).size());
  for (const auto& [shape, values] : tower->parameters) {
    CAPTURE(shape.name);
    CHECK(values == generated_parameter(shape.name, shape.shape));
  }
  // Only what the vocabulary uses is kept.
  const auto merges = SafetensorsFile::read(dir / "a")->tensors().at("text_tower.merges");
  CHECK(merges.size == std::string("#version: test\nl o\nlo w</w>\n").size());
}

TEST_CASE("bundle: without a text tower there is none to be had") {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "a", {.width = 1, .window = 16}));
  const ModelBundle bundle = opened(dir / "a");
  CHECK_FALSE(bundle.has_text_tower());
  CHECK_FALSE(bundle.tower_size());
  CHECK(bundle.text_tower().error().code == ErrorCode::kNotFound);
}

TEST_CASE("bundle: a shared adapter replaces those of the classes") {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "a",
                                 {.width = 1, .window = 16, .text_adapter = TextAdapter::kShared}));
  const auto types = types_in(dir / "a");
  CHECK(types.contains("txtAdapter.D_fc1.weight"));
  CHECK_FALSE(types.contains("txtAdapter.0.D_fc1.weight"));
  CHECK(opened(dir / "a").manifest().text_adapter == TextAdapter::kShared);
}

TEST_CASE("bundle: weights stored as float16 are read as float32") {
  const test::TempDir dir;
  const auto parameters = network_and_tower();
  const auto wide = save_bundle(dir / "wide", manifest_with_tower(), parameters,
                                {.text_tower = Storage::kFloat32, .merges = kMerges});
  const auto half = save_bundle(
      dir / "half", manifest_with_tower(), parameters,
      {.network = Storage::kFloat16, .text_tower = Storage::kFloat16, .merges = kMerges});
  REQUIRE(wide);
  REQUIRE(half);
  CHECK(*wide != *half);
  const auto size_of = [&](const char* name) { return std::filesystem::file_size(dir / name); };
  CHECK(size_of("half") * 10 < size_of("wide") * 6);
  const ModelBundle bundle = opened(dir / "half");
  CHECK(bundle.sha256() == *half);
  for (const auto& [name, type] : types_in(dir / "half")) {
    CAPTURE(name);
    CHECK(type == (name == "text_tower.merges" ? DType::kU8 : DType::kF16));
  }
  for (const auto& [shape, values] : network()) {
    CAPTURE(shape.name);
    CHECK(std::ranges::equal(bundle.tensor(shape.name), rounded(values)));
  }
  const auto tower = bundle.text_tower();
  REQUIRE(tower);
  for (const auto& [shape, values] : tower->parameters) {
    CHECK(values == rounded(generated_parameter(shape.name, shape.shape)));
  }
}

TEST_CASE("bundle: lossless storage takes float16 only where nothing is lost") {
  const test::TempDir dir;
  auto parameters = network_and_tower();
  Parameter& exact = named(parameters, "text_tower.text_projection");
  exact.values = rounded(exact.values);
  REQUIRE(save_bundle(dir / "a", manifest_with_tower(), parameters, {.merges = kMerges}));
  const auto types = types_in(dir / "a");
  CHECK(types.at("text_tower.text_projection") == DType::kF16);
  CHECK(types.at("text_tower.token_embedding.weight") == DType::kF32);
  CHECK(types.at("controller.weight") == DType::kF32);
}

TEST_CASE("bundle: a value beyond float16 is refused by name, in lossless storage kept") {
  const test::TempDir dir;
  auto parameters = network_and_tower();
  named(parameters, "text_tower.text_projection").values[3] = 70'000;
  const auto refused = save_bundle(dir / "a", manifest_with_tower(), parameters,
                                   {.text_tower = Storage::kFloat16, .merges = kMerges});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("'text_tower.text_projection' has the value 70000") !=
        std::string::npos);
  REQUIRE(save_bundle(dir / "a", manifest_with_tower(), parameters, {.merges = kMerges}));
  CHECK(types_in(dir / "a").at("text_tower.text_projection") == DType::kF32);
}

TEST_CASE("bundle: a changed tensor leaves all others as they were stored") {
  const test::TempDir dir;
  REQUIRE(save_bundle(dir / "a", manifest_with_tower(), network_and_tower(),
                      {.network = Storage::kFloat16, .merges = kMerges}));
  const ModelBundle before = opened(dir / "a");
  Manifest manifest = before.manifest();
  manifest.version = "2";
  Parameter changed = network().back();
  changed.values.front() = 0.123F;
  const auto sha256 = before.save_changed(dir / "b", manifest, {&changed, 1});
  REQUIRE(sha256);
  const ModelBundle after = opened(dir / "b");
  CHECK(after.sha256() == *sha256);
  CHECK(after.manifest().version == "2");
  CHECK(after.tensor(changed.shape.name).front() == 0.123F);
  auto types = types_in(dir / "a");
  types[changed.shape.name] = DType::kF32;
  CHECK(types_in(dir / "b") == types);
  const auto a = SafetensorsFile::read(dir / "a");
  const auto b = SafetensorsFile::read(dir / "b");
  for (const auto& [name, entry] : a->tensors()) {
    if (name == changed.shape.name) continue;
    CAPTURE(name);
    CHECK(std::ranges::equal(a->bytes(entry), b->bytes(b->tensors().at(name))));
  }
  changed.shape.name = "surplus";
  CHECK_FALSE(before.save_changed(dir / "c", manifest, {&changed, 1}));
}

TEST_CASE("bundle: every fault of a text tower is named") {
  struct Case {
    std::string fault;
    std::function<void(Manifest&, std::vector<Parameter>&, SaveOptions&)> change;
  };
  using Parameters = std::vector<Parameter>;
  const auto rename = [](const char* from, const char* to) {
    return [=](Manifest&, Parameters& p, SaveOptions&) { named(p, from).shape.name = to; };
  };
  const std::vector<Case> cases{
      {"'text_tower.ln_final.weight' is missing",
       rename("text_tower.ln_final.weight", "text_tower.ln_final.wieght")},
      {"'text_tower.ln_final.wieght' is not known",
       rename("text_tower.ln_final.weight", "text_tower.ln_final.wieght")},
      {"text tower: 'token_embedding.weight' is missing",
       rename("text_tower.token_embedding.weight", "text_tower.token_embedding")},
      {"'text_tower.transformer.resblocks.1.mlp.c_fc.bias' has shape [255] instead of [256]",
       [](Manifest&, Parameters& p, SaveOptions&) {
         Parameter& bias = named(p, "text_tower.transformer.resblocks.1.mlp.c_fc.bias");
         bias.shape.shape = {255};
         bias.values.resize(255);
       }},
      {"the text tower gives 256 features and the network reads 512",
       [](Manifest&, Parameters& p, SaveOptions&) {
         Parameter& projection = named(p, "text_tower.text_projection");
         projection.shape.shape = {64, 256};
         projection.values.resize(64 * 256);
       }},
      {"has 516 token embeddings and its tokenizer bytes makes 258",
       [](Manifest& m, Parameters&, SaveOptions&) {
         m.text_tower->tokenizer = TokenizerKind::kBytes;
       }},
      {"has 0 merges and the vocabulary needs 2",
       [](Manifest&, Parameters&, SaveOptions& o) { o.merges = {}; }},
      {"'text_tower.ln_final.bias' is not known",
       [](Manifest& m, Parameters&, SaveOptions&) { m.text_tower.reset(); }},
      {"'text_tower.ln_final.bias' is given twice",
       [](Manifest&, Parameters& p, SaveOptions&) {
         p.push_back(named(p, "text_tower.ln_final.bias"));
       }},
  };
  const test::TempDir dir;
  for (const auto& [fault, change] : cases) {
    CAPTURE(fault);
    Manifest manifest = manifest_with_tower();
    Parameters parameters = network_and_tower();
    SaveOptions options{.merges = kMerges};
    change(manifest, parameters, options);
    const auto saved = save_bundle(dir / "a", manifest, parameters, options);
    REQUIRE_FALSE(saved);
    CAPTURE(saved.error().message);
    CHECK(saved.error().message.find(fault) != std::string::npos);
    CHECK(saved.error().message.find("cannot save model bundle") != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(dir / "a"));
}

TEST_CASE("bundle: flipped bits and truncation of the text tower are found") {
  const test::TempDir dir;
  REQUIRE(save_bundle(dir / "good", manifest_with_tower(), network_and_tower(),
                      {.text_tower = Storage::kFloat16, .merges = kMerges}));
  const std::string good = test::read_file(dir / "good");
  const auto file = SafetensorsFile::read(dir / "good");
  REQUIRE(file);
  const std::size_t data = good.size() - [&] {
    std::size_t end = 0;
    for (const auto& [name, entry] : file->tensors())
      end = std::max(end, entry.offset + entry.size);
    return end;
  }();
  for (const char* name : {"text_tower.merges", "text_tower.text_projection"}) {
    CAPTURE(name);
    std::string bad = good;
    const std::size_t at = data + file->tensors().at(name).offset + 20;
    bad[at] = static_cast<char>(bad[at] ^ 4);
    test::write_file(dir / "bad", bad);
    CHECK_FALSE(ModelBundle::open(dir / "bad"));
  }
  // A header that claims more than the file holds.
  std::string bad = good;
  const std::string shape = "\"text_tower.token_embedding.weight\":";
  const std::size_t at = bad.find("[516,64]", bad.find(shape));
  REQUIRE(at != std::string::npos);
  bad.replace(at, 8, "[9999,9]");
  test::write_file(dir / "bad", bad);
  CHECK(ModelBundle::open(dir / "bad").error().message.find("text_tower.token_embedding.weight") !=
        std::string::npos);
  test::write_file(dir / "bad", good.substr(0, good.size() - 1));
  CHECK_FALSE(ModelBundle::open(dir / "bad"));
}
