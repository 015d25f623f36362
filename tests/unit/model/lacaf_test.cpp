#include "model/lacaf.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "model/generated_weights.h"
#include "model/untrained.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;

namespace {

ModelBundle untrained(const UntrainedOptions& options) {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "bundle", options));
  auto bundle = ModelBundle::open(dir / "bundle");
  REQUIRE(bundle);
  return std::move(*bundle);
}

/// A bundle with one class, whose attention matrix is a single number.
ModelBundle with_one_class(int width, int window) {
  Manifest manifest;
  manifest.name = "one";
  manifest.version = "1";
  manifest.base_width = width;
  manifest.window = window;
  manifest.classes = {standard_classes().front()};
  std::vector<Parameter> parameters;
  for (const auto& shape : lacaf_parameters(manifest.size())) {
    parameters.push_back({shape, generated_parameter(shape.name, shape.shape)});
  }
  const test::TempDir dir;
  REQUIRE(save_bundle(dir / "bundle", manifest, parameters));
  auto bundle = ModelBundle::open(dir / "bundle");
  REQUIRE(bundle);
  return std::move(*bundle);
}

std::vector<float> logits_of(const ModelBundle& bundle) {
  const auto network =
      LaCaf::load(bundle, {.device = "cpu", .threads = 1, .precision = Precision::kFloat32});
  REQUIRE(network);
  const auto edge = static_cast<std::size_t>(bundle.manifest().window);
  std::vector<float> window;
  for (const double u : generated_numbers("window", edge * edge * edge)) {
    window.push_back(static_cast<float>((u + 1) / 2));
  }
  std::vector<float> logits(window.size() * bundle.manifest().classes.size());
  REQUIRE(network->run(window, logits));
  return logits;
}

bool all_finite(const std::vector<float>& values) {
  return std::ranges::all_of(values, [](float v) { return std::isfinite(v); });
}

}  // namespace

TEST_CASE("lacaf: other widths and windows than the paper's run") {
  for (const auto& options :
       {UntrainedOptions{.width = 1, .window = 16}, UntrainedOptions{.width = 3, .window = 24},
        UntrainedOptions{.width = 4, .window = 32}}) {
    CAPTURE(options.width);
    const auto logits = logits_of(untrained(options));
    CHECK(all_finite(logits));
    // Not one number everywhere, so every branch has something to say.
    CHECK(*std::ranges::max_element(logits) - *std::ranges::min_element(logits) > 1e-3F);
  }
}

TEST_CASE("lacaf: a single class runs") { CHECK(all_finite(logits_of(with_one_class(2, 16)))); }

TEST_CASE("lacaf: the same window gives the same logits") {
  const auto bundle = untrained({.width = 2, .window = 16});
  CHECK(logits_of(bundle) == logits_of(bundle));
}

TEST_CASE("lacaf: a window of another size is refused") {
  const auto network =
      LaCaf::load(untrained({.width = 1, .window = 16}), {.device = "cpu", .threads = 1});
  REQUIRE(network);
  const std::vector<float> window(15 * 16 * 16);
  std::vector<float> logits(4 * window.size());
  CHECK_FALSE(network->run(window, logits));
}

TEST_CASE("lacaf: the device is named, unknown and absent ones are refused") {
  const auto bundle = untrained({.width = 1, .window = 16});
  const auto network =
      LaCaf::load(bundle, {.device = "cpu", .threads = 1, .precision = Precision::kFloat32});
  REQUIRE(network);
  CHECK(network->device() == "cpu, 1 thread, float32");
  for (const std::string name : {"gpu", "cuda:", "cuda:x", "cuda:1x", "cuda:-1", ""}) {
    CAPTURE(name);
    const auto refused = LaCaf::load(bundle, {.device = name});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kInvalidInput);
  }
  const auto absent = LaCaf::load(bundle, {.device = "cuda:99"});
  REQUIRE_FALSE(absent);
  CHECK(absent.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("lacaf: auto takes bfloat16 where the processor has it, and what it has not is refused") {
  const auto bundle = untrained({.width = 1, .window = 16});
  const auto chosen = LaCaf::load(bundle, {.device = "cpu", .threads = 1});
  REQUIRE(chosen);
  CHECK(chosen->device() ==
        std::string("cpu, 1 thread, ") + (cpu_has_bfloat16() ? "bfloat16" : "float32"));
  for (const Precision precision : {Precision::kTf32, Precision::kFloat16}) {
    const auto refused = LaCaf::load(bundle, {.device = "cpu", .precision = precision});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kInvalidInput);
    CHECK(refused.error().message.find(to_string(precision)) != std::string::npos);
  }
}

// The fast path multiplies weights out and drops what normalisation removes: the numbers must not
// notice, whatever the sizes.
TEST_CASE("lacaf: the fast path gives the reference path's logits at every width and window") {
  for (const auto& [width, window] : {std::pair{1, 16}, std::pair{2, 32}, std::pair{3, 24}}) {
    CAPTURE(width);
    const auto bundle = untrained({.width = width, .seed = 5, .window = window});
    const auto voxels = static_cast<std::size_t>(window * window * window);
    std::vector<float> input;
    for (const double u : generated_numbers("two windows", 2 * voxels)) {
      input.push_back(static_cast<float>((u + 1) / 2));
    }
    const auto logits_by = [&](Precision precision, ComputePath path) {
      const auto network = LaCaf::load(
          bundle, {.device = "cpu", .threads = 2, .precision = precision, .path = path});
      REQUIRE(network);
      std::vector<float> logits(4 * input.size());
      REQUIRE(network->run(input, logits));
      return logits;
    };
    const auto expected = logits_by(Precision::kFloat32, ComputePath::kReference);
    const auto found = logits_by(Precision::kFloat32, ComputePath::kFast);
    double largest = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      largest = std::max(largest, static_cast<double>(std::abs(found[i] - expected[i])));
    }
    CHECK(largest < 2e-5);
  }
}
