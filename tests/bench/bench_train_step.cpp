// A step of training on this machine: forward, backward and update, every path against the plain
// graph, in turns within one run, so that a busy machine slows all of them.

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <ctime>
#include <string>
#include <vector>

#include "model/generated_weights.h"
#include "model/train/device_setup.h"
#include "model/train/initial_weights.h"
#include "model/train/train_step.h"
#include "tests/bench/timing.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::train;

namespace {

struct Options {
  int width = 8;
  int window = 64;
  int batch = 2;
  int classes = 5;
  int runs = 5;
  int threads = 0;
  std::string only;
};

struct Variant {
  std::string name;
  TrainableNetwork network;
  std::vector<double> seconds;
  std::vector<double> cpu_seconds;  ///< of all threads
  double loss = 0;                  ///< of the last step
};

/// Smooth images whose bright parts are the classes, so that there is something to learn.
Batch batch_of(const Options& options) {
  Batch batch{.windows = options.batch, .image = {}, .label = {}, .labelled = {}};
  const int w = options.window;
  for (int i = 0; i < options.batch; ++i) {
    for (int x = 0; x < w; ++x) {
      for (int y = 0; y < w; ++y) {
        for (int z = 0; z < w; ++z) {
          const double v = std::sin(0.2 * x + i) * std::sin(0.15 * y) * std::sin(0.1 * z);
          batch.image.push_back(static_cast<float>(0.5 + 0.5 * v));
          const int k = (x / 8 + y / 8 + z / 8) % options.classes + 1;
          batch.label.push_back(static_cast<std::uint8_t>(v > 0.4 ? k : 0));
        }
      }
    }
  }
  batch.labelled.assign(static_cast<std::size_t>(options.batch * options.classes), 1);
  return batch;
}

std::vector<Parameter> weights_of(const LaCafSize& size) {
  std::vector<Parameter> parameters = initial_weights(size, 1);
  parameters.push_back({.shape = {"organ_embedding", {size.classes, kTextFeatures}},
                        .values = generated_text_features(size.classes)});
  return parameters;
}

/// Of all threads of this process: what a busy machine changes least.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Times steps of training, against the plain graph"};
  app.add_option("--width", options.width, "Base width of the network")->capture_default_str();
  app.add_option("--window", options.window, "Its window")->capture_default_str();
  app.add_option("--batch", options.batch, "Windows per step")->capture_default_str();
  app.add_option("--classes", options.classes, "Prompts per window")->capture_default_str();
  app.add_option("--runs", options.runs, "Medians are of this many")->capture_default_str();
  app.add_option("--threads", options.threads, "0: all cores")->capture_default_str();
  app.add_option("--only", options.only, "One path alone, for profilers");
  CLI11_PARSE(app, argc, argv);

  auto device = set_up_device("cpu", Precision::kFloat32, options.threads);
  if (!device) {
    fmt::print(stderr, "{}\n", device.error().message);
    return 1;
  }
  const LaCafSize size{
      .width = options.width, .classes = options.classes, .window = options.window};
  const StepSettings settings{.edge = options.window};
  const Query query = class_query(options.classes);
  const MemoryPlan plan{.windows_at_once = options.batch};
  const Batch batch = batch_of(options);
  const std::vector<Parameter> weights = weights_of(size);

  std::vector<Variant> variants;
  const auto add = [&](const char* name, ComputePath path, Precision precision) {
    if (!options.only.empty() && options.only != name) return;
    TrainableNetwork::Options how;
    how.precision = precision;
    how.path = path;
    variants.push_back({name, TrainableNetwork(size, weights, how), {}, {}, 0});
  };
  add("plain", ComputePath::kReference, Precision::kFloat32);
  add("float32", ComputePath::kFast, Precision::kFloat32);
  if (cpu_has_bfloat16()) add("bfloat16", ComputePath::kFast, Precision::kBFloat16);
  for (int run = 0; run <= options.runs; ++run) {  // the first one warms up
    for (Variant& variant : variants) {
      const double cpu = cpu_seconds();
      const double spent = bench::seconds([&] {
        variant.loss = add_gradients(variant.network, batch, query, settings, plan).loss;
        variant.network.update({.number = run + 1, .learning_rate = 1e-3});
      });
      if (run == 0) continue;
      variant.seconds.push_back(spent);
      variant.cpu_seconds.push_back(cpu_seconds() - cpu);
    }
  }
  const double base = bench::median(variants.front().seconds);
  fmt::print("{} windows of {}, width {}, {} classes, {} runs, {}\n{:10} {:>9} {:>7} {:>9} {:>9}\n",
             options.batch, options.window, options.width, options.classes, options.runs,
             device->text(), "path", "median ms", "ratio", "CPU ms", "loss");
  for (const Variant& variant : variants) {
    const double middle = bench::median(variant.seconds);
    fmt::print("{:10} {:9.0f} {:7.2f} {:9.0f} {:9.5f}\n", variant.name, 1000 * middle,
               base / middle, 1000 * bench::median(variant.cpu_seconds), variant.loss);
  }
}
