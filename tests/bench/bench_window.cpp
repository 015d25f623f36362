// One window through the network: every path this machine has against the reference path, in turns
// within one run, so that a busy machine slows all of them.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "model/generated_weights.h"
#include "model/lacaf.h"
#include "model/tensor_memory.h"
#include "model/untrained.h"
#include "tests/bench/timing.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;

namespace {

struct Options {
  int width = 32;
  int window = 96;
  int runs = 5;
  int threads = 0;
  std::string device = "cpu";
  std::string bundle;
};

struct Variant {
  std::string name;
  LaCaf network;
  std::vector<float> logits;
  std::vector<double> seconds;
};

double probability(float logit) { return 1 / (1 + std::exp(-static_cast<double>(logit))); }

/// "mean 0.0004, largest 0.02" of the differences between probabilities.
std::string differences(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(probability(a[i]) - probability(b[i]));
    sum += difference;
    largest = std::max(largest, difference);
  }
  return fmt::format("{:.6f} {:.6f}", sum / static_cast<double>(a.size()), largest);
}

ModelBundle bundle_of(const Options& options) {
  const test::TempDir dir;
  std::filesystem::path file = options.bundle;
  if (options.bundle.empty()) {
    file = dir / "bundle";
    if (!write_untrained_bundle(file, {.width = options.width, .window = options.window})) {
      std::exit(1);
    }
  }
  auto bundle = ModelBundle::open(file);
  if (!bundle) {
    fmt::print(stderr, "{}\n", bundle.error().message);
    std::exit(1);
  }
  return std::move(*bundle);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Times one window through the network, against the reference path"};
  app.add_option("--width", options.width, "Base width of the untrained network")
      ->capture_default_str();
  app.add_option("--window", options.window, "Its window")->capture_default_str();
  app.add_option("--bundle", options.bundle, "Instead of an untrained network");
  app.add_option("--runs", options.runs, "Medians are of this many")->capture_default_str();
  app.add_option("--threads", options.threads, "0: all cores")->capture_default_str();
  app.add_option("--device", options.device)->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  keep_tensor_memory();
  const ModelBundle bundle = bundle_of(options);
  const auto edge = static_cast<std::size_t>(bundle.manifest().window);
  const std::size_t voxels = edge * edge * edge;
  std::vector<float> input;
  for (const double u : generated_numbers("input", voxels)) {
    input.push_back(static_cast<float>((u + 1) / 2));
  }

  std::vector<Variant> variants;
  const auto add = [&](const char* name, ComputePath path, Precision precision) {
    auto network = LaCaf::load(bundle, {.device = options.device,
                                        .threads = options.threads,
                                        .precision = precision,
                                        .path = path});
    if (!network) return;  // not on this device
    variants.push_back({name,
                        std::move(*network),
                        std::vector<float>(voxels * bundle.manifest().classes.size()),
                        {}});
  };
  add("reference", ComputePath::kReference, Precision::kFloat32);
  add("float32", ComputePath::kFast, Precision::kFloat32);
  add("tf32", ComputePath::kFast, Precision::kTf32);
  add("bfloat16", ComputePath::kFast, Precision::kBFloat16);
  add("float16", ComputePath::kFast, Precision::kFloat16);

  for (int run = 0; run <= options.runs; ++run) {  // the first one warms up
    for (Variant& variant : variants) {
      const double spent = bench::seconds([&] {
        if (!variant.network.run(input, variant.logits)) std::exit(1);
      });
      if (run > 0) variant.seconds.push_back(spent);
    }
  }
  const double base = bench::median(variants.front().seconds);
  fmt::print("window {}, width {}, {} runs\n{:10} {:>9} {:>7} {:>17}  {}\n", edge,
             bundle.manifest().base_width, options.runs, "path", "median s", "ratio",
             "|dp| mean, largest", "device");
  for (const Variant& variant : variants) {
    const double middle = bench::median(variant.seconds);
    fmt::print("{:10} {:9.3f} {:7.2f} {:>17}  {}\n", variant.name, middle, base / middle,
               differences(variant.logits, variants.front().logits), variant.network.device());
  }
}
