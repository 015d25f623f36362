#include "model/import/import_model.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

#include "model/half.h"
#include "pipeline/domain/sha256.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/model/import/memory_state_dict.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr LaCafSize kSmall{.width = 2, .classes = 4, .window = 32};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

ImportOptions options_in(const test::TempDir& dir) {
  ImportOptions options;
  options.lacaf = dir / "lacaf.pth";
  options.tool = "hilum test";
  options.imported_at = "2030-01-02";
  options.licence = "MIT";
  options.out = dir / "bundle.safetensors";
  return options;
}

std::string features_file(const std::vector<float>& values) {
  const std::vector<std::int64_t> shape{4, 512};
  return test::ZipWriter::make(
      {{.name = "f/data.pkl",
        .content = test::tensor_pickle({.storage_elements = 4 * 512,
                                        .shape = shape,
                                        .strides = test::row_major_strides(shape)})},
       {.name = "f/data/0", .content = test::bytes_of(values)}});
}

std::string refused(const ImportOptions& options) {
  const auto report = import_model(options);
  REQUIRE_FALSE(report);
  CHECK_FALSE(std::filesystem::exists(options.out));
  return report.error().message;
}

}  // namespace

TEST_CASE("import_model: a checkpoint becomes a bundle with the same numbers") {
  const test::TempDir dir;
  const auto bytes = test::checkpoint_bytes(test::generated_lacaf(kSmall));
  test::write_file(dir / "lacaf.pth", bytes);
  const auto report = import_model(options_in(dir));
  REQUIRE_MESSAGE(report, (report ? std::string() : report.error().message));
  const auto bundle = ModelBundle::open(dir / "bundle.safetensors");
  REQUIRE(bundle);
  CHECK(bundle->sha256() == report->sha256);
  for (const auto& tensor : test::generated_lacaf(kSmall)) {
    CAPTURE(tensor.name);
    const auto stored = bundle->tensor(tensor.name);
    CHECK(std::vector<float>(stored.begin(), stored.end()) == tensor.values);
  }
  const Manifest& manifest = bundle->manifest();
  CHECK(manifest.trained);
  CHECK(manifest.base_width == 2);
  CHECK(manifest.window == 32);
  CHECK(manifest.classes == standard_classes());
  CHECK_FALSE(manifest.text_tower);
  const std::map<std::string, std::string> provenance{
      {"weights", "lacaf.pth, SHA-256 " + Sha256::hex(Sha256::of(bytes))},
      {"text_features", "checkpoint"},
      {"imported_by", "hilum test"},
      {"imported_at", "2030-01-02"},
      {"licence", "MIT"}};
  CHECK(manifest.provenance == provenance);
}

TEST_CASE("import_model: the network can be stored as float16") {
  const test::TempDir dir;
  test::write_file(dir / "lacaf.pth", test::checkpoint_bytes(test::generated_lacaf(kSmall)));
  auto options = options_in(dir);
  options.storage = Storage::kFloat16;
  REQUIRE(import_model(options));
  const auto bundle = ModelBundle::open(options.out);
  REQUIRE(bundle);
  const std::string name = "controller.weight";
  const auto stored = bundle->tensor(name);
  const auto exact = generated_parameter(name, std::vector<std::int64_t>{153, 512, 1, 1, 1});
  REQUIRE(stored.size() == exact.size());
  CHECK(stored[7] == half_to_float(float_to_half(exact[7])));
}

TEST_CASE("import_model: text features of a file serve a checkpoint without any") {
  const test::TempDir dir;
  auto tensors = test::generated_lacaf(kSmall);
  std::erase_if(tensors, [](const auto& tensor) { return tensor.name == "organ_embedding"; });
  test::write_file(dir / "lacaf.pth", test::checkpoint_bytes(tensors));
  auto options = options_in(dir);
  CHECK(contains(refused(options), "--embeddings"));

  const auto features = generated_text_features(4, 9);
  test::write_file(dir / "f.pth", features_file(features));
  options.embeddings = dir / "f.pth";
  const auto report = import_model(options);
  REQUIRE(report);
  CHECK(report->features.source == FeatureSource::kFile);
  CHECK(report->manifest.provenance.at("text_features_file").starts_with("f.pth, SHA-256 "));
  const auto bundle = ModelBundle::open(options.out);
  REQUIRE(bundle);
  const auto stored = bundle->tensor("organ_embedding");
  CHECK(std::vector<float>(stored.begin(), stored.end()) == features);
}

TEST_CASE("import_model: sources that disagree write nothing until one is chosen") {
  const test::TempDir dir;
  test::write_file(dir / "lacaf.pth", test::checkpoint_bytes(test::generated_lacaf(kSmall)));
  test::write_file(dir / "f.pth", features_file(generated_text_features(4, 9)));
  auto options = options_in(dir);
  options.embeddings = dir / "f.pth";
  CHECK(contains(refused(options), "--embeddings-from checkpoint"));
  options.features_from = FeatureSource::kCheckpoint;
  const auto report = import_model(options);
  REQUIRE(report);
  REQUIRE(report->features.others.size() == 1);
  CHECK(report->features.others[0].cosines[0] < 0.99);
}

TEST_CASE("import_model: errors name the file and what is wrong, and write nothing") {
  const test::TempDir dir;
  auto options = options_in(dir);
  CHECK(contains(refused(options), "lacaf.pth"));
  auto tensors = test::generated_lacaf(kSmall);
  tensors.back().shape = {1};
  tensors.back().values = {0};
  test::write_file(dir / "lacaf.pth", test::checkpoint_bytes(tensors));
  const auto message = refused(options);
  CHECK(contains(message, "lacaf.pth"));
  CHECK(contains(message, "'controller.bias' has shape [1] instead of [153]"));

  test::write_file(dir / "lacaf.pth", test::checkpoint_bytes(test::generated_lacaf(kSmall)));
  options.clip = dir / "clip.pt";
  CHECK(contains(refused(options), "--merges"));
  options.clip.reset();
  options.merges = dir / "merges";
  CHECK(contains(refused(options), "--clip"));
  options.merges.reset();
  options.name = std::string(65, 'x');
  CHECK(contains(refused(options), "name must have"));
}

TEST_CASE("import_model: a source is never overwritten") {
  const test::TempDir dir;
  const auto bytes = test::checkpoint_bytes(test::generated_lacaf(kSmall));
  test::write_file(dir / "lacaf.pth", bytes);
  auto options = options_in(dir);
  options.out = options.lacaf;
  const auto report = import_model(options);
  REQUIRE_FALSE(report);
  CHECK(contains(report.error().message, "overwrite"));
  CHECK(test::read_file(options.lacaf) == bytes);
}
