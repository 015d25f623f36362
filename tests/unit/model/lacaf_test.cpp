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
ModelBundle with_one_class(int width, int window, Fusion fusion = Fusion::kAttention) {
  Manifest manifest;
  manifest.name = "one";
  manifest.version = "1";
  manifest.base_width = width;
  manifest.window = window;
  manifest.fusion = fusion;
  manifest.classes = {standard_classes().front()};
  std::vector<Parameter> parameters;
  for (const auto& shape : lacaf_parameters(manifest.size())) {
    parameters.push_back({shape, shape.name == "organ_embedding"
                                     ? generated_text_features(1, 0)
                                     : generated_parameter(shape.name, shape.shape)});
  }
  const test::TempDir dir;
  REQUIRE(save_bundle(dir / "bundle", manifest, parameters));
  auto bundle = ModelBundle::open(dir / "bundle");
  REQUIRE(bundle);
  return std::move(*bundle);
}

/// Values 0..1.
std::vector<float> noise(const std::string& name, std::size_t count) {
  std::vector<float> values;
  for (const double u : generated_numbers(name, count)) {
    values.push_back(static_cast<float>((u + 1) / 2));
  }
  return values;
}

std::vector<float> logits_of(const ModelBundle& bundle) {
  const auto network =
      LaCaf::load(bundle, {.device = "cpu", .threads = 1, .precision = Precision::kFloat32});
  REQUIRE(network);
  const auto edge = static_cast<std::size_t>(bundle.manifest().window);
  const auto window = noise("window", edge * edge * edge);
  std::vector<float> logits(window.size() * bundle.manifest().classes.size());
  REQUIRE(network->run(window, logits));
  return logits;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, static_cast<double>(std::abs(a[i] - b[i])));
  }
  return largest;
}

/// Between the fast and the reference path in float32, on two windows at once.
double difference_of_paths(const ModelBundle& bundle) {
  const auto edge = static_cast<std::size_t>(bundle.manifest().window);
  const auto input = noise("two windows", 2 * edge * edge * edge);
  const auto logits_by = [&](ComputePath path) {
    const auto network = LaCaf::load(
        bundle, {.device = "cpu", .threads = 2, .precision = Precision::kFloat32, .path = path});
    REQUIRE(network);
    std::vector<float> logits(4 * input.size());
    REQUIRE(network->run(input, logits));
    return logits;
  };
  return largest_difference(logits_by(ComputePath::kFast), logits_by(ComputePath::kReference));
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
    CHECK(difference_of_paths(untrained({.width = width, .seed = 5, .window = window})) < 2e-5);
  }
}

TEST_CASE("lacaf: every variant of fusion and pooling is its own network on both paths") {
  std::vector<std::vector<float>> seen;
  for (const Fusion fusion : {Fusion::kAttention, Fusion::kConcatenation}) {
    for (const Pooling pooling : {Pooling::kAdapter, Pooling::kAverage}) {
      CAPTURE(to_string(fusion));
      CAPTURE(to_string(pooling));
      const auto bundle =
          untrained({.width = 2, .seed = 5, .window = 24, .fusion = fusion, .pooling = pooling});
      CHECK(difference_of_paths(bundle) < 2e-5);
      seen.push_back(logits_of(bundle));
      for (std::size_t i = 0; i + 1 < seen.size(); ++i) {
        CAPTURE(i);
        CHECK(largest_difference(seen[i], seen.back()) > 1e-3);
      }
    }
  }
}

TEST_CASE("lacaf: with concatenation a class's text has no influence on the other classes") {
  const auto change_of = [](Fusion fusion) {
    // Both bundles hold the same numbers for the first class.
    const auto four = logits_of(untrained({.width = 2, .seed = 0, .window = 16, .fusion = fusion}));
    const auto one = logits_of(with_one_class(2, 16, fusion));
    return largest_difference(one, four);
  };
  CHECK(change_of(Fusion::kConcatenation) < 1e-5);
  CHECK(change_of(Fusion::kAttention) > 1e-3);
}
