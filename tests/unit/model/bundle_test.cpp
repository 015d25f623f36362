#include "model/bundle.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "model/generated_weights.h"
#include "model/untrained.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr UntrainedOptions kSmall{.width = 1, .seed = 1, .window = 16};

std::vector<Parameter> parameters_for(const Manifest& manifest) {
  std::vector<Parameter> parameters;
  for (const auto& shape : lacaf_parameters(manifest.size())) {
    parameters.push_back({shape, generated_parameter(shape.name, shape.shape)});
  }
  return parameters;
}

Manifest small_manifest() {
  Manifest manifest;
  manifest.name = "small";
  manifest.version = "1";
  manifest.base_width = 1;
  manifest.window = 16;
  manifest.classes = standard_classes();
  return manifest;
}

}  // namespace

TEST_CASE("bundle: what was saved is opened, with its digest") {
  const test::TempDir dir;
  const Manifest manifest = small_manifest();
  const auto parameters = parameters_for(manifest);
  const auto sha256 = save_bundle(dir / "a", manifest, parameters);
  REQUIRE(sha256);
  const auto bundle = ModelBundle::open(dir / "a");
  REQUIRE(bundle);
  CHECK(bundle->sha256() == *sha256);
  CHECK(bundle->sha256().size() == 64);
  CHECK(bundle->manifest() == manifest);
  for (const Parameter& parameter : parameters) {
    CAPTURE(parameter.shape.name);
    const auto values = bundle->tensor(parameter.shape.name);
    CHECK(std::vector<float>(values.begin(), values.end()) == parameter.values);
  }
  const ModelInfo info = bundle->info();
  CHECK(info.name == "small");
  CHECK(info.sha256 == *sha256);
  CHECK_FALSE(info.trained);
  CHECK(info.segments == standard_segments());
}

TEST_CASE("bundle: the order in which parameters are given changes nothing") {
  const test::TempDir dir;
  auto parameters = parameters_for(small_manifest());
  REQUIRE(save_bundle(dir / "a", small_manifest(), parameters));
  std::reverse(parameters.begin(), parameters.end());
  REQUIRE(save_bundle(dir / "b", small_manifest(), parameters));
  CHECK(test::read_file(dir / "a") == test::read_file(dir / "b"));
}

TEST_CASE("bundle: a flipped bit anywhere is found") {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "good", kSmall));
  const std::string good = test::read_file(dir / "good");
  const std::size_t manifest_at = good.find("overlap");
  const std::size_t digest_at = good.find("sha256") + 12;
  const std::size_t name_at = good.find("controller.bias");
  REQUIRE(manifest_at != std::string::npos);
  REQUIRE(name_at != std::string::npos);
  // The padding after the header is the one place where a bit means nothing to anybody.
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{6}, std::size_t{9}, manifest_at, manifest_at + 10, digest_at,
        name_at, good.size() / 2, good.size() - 1}) {
    CAPTURE(at);
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    test::write_file(dir / "bad", bad);
    const auto bundle = ModelBundle::open(dir / "bad");
    REQUIRE_FALSE(bundle);
    CHECK(bundle.error().message.find("bad") != std::string::npos);
  }
  std::string bad = good;
  bad.back() = static_cast<char>(bad.back() ^ 1);
  test::write_file(dir / "bad", bad);
  CHECK(ModelBundle::open(dir / "bad").error().message.find("damaged or was changed") !=
        std::string::npos);
}

TEST_CASE("bundle: a truncated file is refused") {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "good", kSmall));
  const std::string good = test::read_file(dir / "good");
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{5}, std::size_t{100}, good.size() / 2, good.size() - 1}) {
    CAPTURE(length);
    test::write_file(dir / "bad", good.substr(0, length));
    CHECK_FALSE(ModelBundle::open(dir / "bad"));
  }
}

TEST_CASE("bundle: two tensors that changed places are found") {
  const test::TempDir dir;
  auto parameters = parameters_for(small_manifest());
  const auto first = save_bundle(dir / "a", small_manifest(), parameters);
  const auto named = [&](const std::string& name) {
    return std::ranges::find(parameters, name, [](const Parameter& p) { return p.shape.name; });
  };
  std::swap(named("txtAdapter.0.D_fc1.weight")->values, named("txtAdapter.1.D_fc1.weight")->values);
  const auto second = save_bundle(dir / "b", small_manifest(), parameters);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(*first != *second);
}

TEST_CASE("bundle: every missing, surplus and misshapen tensor is named") {
  const test::TempDir dir;
  auto parameters = parameters_for(small_manifest());
  parameters[0].shape.shape = {4, 256};
  parameters[0].values.resize(4 * 256);
  parameters[1].shape.name = "surplus";
  const auto saved = save_bundle(dir / "a", small_manifest(), parameters);
  REQUIRE_FALSE(saved);
  for (const std::string fault :
       {"'organ_embedding' has shape [4, 256] instead of [4, 512]",
        "'txtAdapter.0.D_fc1.weight' is missing", "'surplus' is not known"}) {
    CHECK(saved.error().message.find(fault) != std::string::npos);
  }
}

TEST_CASE("bundle: a safetensors file that is no bundle says so") {
  const test::TempDir dir;
  const std::array<float, 1> one{1};
  const std::array tensors{TensorToWrite{"x", DType::kF32, {1}, std::as_bytes(std::span(one))}};
  REQUIRE(write_safetensors(dir / "a", tensors, {}));
  const auto bundle = ModelBundle::open(dir / "a");
  REQUIRE_FALSE(bundle);
  CHECK(bundle.error().message.find("no model bundle") != std::string::npos);
  CHECK(ModelBundle::open(dir / "none").error().code == ErrorCode::kNotFound);
}
