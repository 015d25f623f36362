// Single convolutions of the paper's network and of the default bundle: Winograd's algorithm, in
// every version that this processor can run, against the direct way, in turns within one run.

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/direct_conv3d.h"
#include "model/parallel.h"
#include "model/tensor_memory.h"
#include "model/winograd/choose_kernels.h"
#include "model/winograd/winograd.h"
#include "model/winograd_conv3d.h"
#include "tests/bench/timing.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr WinogradShape kShapes[] = {
    {.in = 32, .out = 64, .kernel = 3, .edge = 96},
    {.in = 64, .out = 64, .kernel = 3, .edge = 96},
    {.in = 128, .out = 128, .kernel = 3, .edge = 48},
    {.in = 256, .out = 256, .kernel = 3, .edge = 24},
    {.in = 256, .out = 512, .kernel = 3, .edge = 12},
    {.in = 128, .out = 512, .kernel = 2, .edge = 48},
    {.in = 256, .out = 1024, .kernel = 2, .edge = 24},
    {.in = 8, .out = 16, .kernel = 3, .edge = 64},
    {.in = 16, .out = 16, .kernel = 3, .edge = 64},
    {.in = 32, .out = 32, .kernel = 3, .edge = 32},
    {.in = 32, .out = 128, .kernel = 2, .edge = 32},
};

struct Variant {
  std::string name;
  std::function<void()> run;
  std::vector<double> seconds{};
};

template <class T>
void compare(const WinogradShape& shape, at::ScalarType type, int runs) {
  const auto in = static_cast<std::int64_t>(shape.in);
  const auto out = static_cast<std::int64_t>(shape.out);
  const auto k = static_cast<std::int64_t>(shape.kernel);
  const auto edge = static_cast<std::int64_t>(shape.edge);
  const at::Tensor weight = at::randn({out, in, k, k, k});
  at::Tensor x = channels_last_cube(in, edge, type);
  x.copy_(at::randn({1, in, edge, edge, edge}).relu());

  std::vector<Variant> variants;
  const std::shared_ptr<Conv3d::Algorithm> direct = direct_conv3d(weight, edge, type);
  variants.push_back({"direct", [&x, direct] { direct->run(x); }});
  for (const WinogradKernels<T>* kernels : runnable_kernels<T>()) {
    if (shape.in % kernels->lanes != 0 || shape.out % kernels->lanes != 0) continue;
    const std::shared_ptr<Conv3d::Algorithm> winograd = winograd_conv3d<T>(weight, edge, *kernels);
    variants.push_back({kernels->name, [&x, winograd] { winograd->run(x); }});
  }
  for (int run = 0; run <= runs; ++run) {  // the first one warms up
    for (Variant& variant : variants) {
      const double spent = bench::seconds(variant.run);
      if (run > 0) variant.seconds.push_back(spent);
    }
  }
  const auto m = static_cast<double>(shape.out_edge());
  const double products = m * m * m * static_cast<double>(k * k * k * in * out);
  const double base = bench::median(variants.front().seconds);
  for (const Variant& variant : variants) {
    const double middle = bench::median(variant.seconds);
    // What the direct way would have to multiply for it.
    fmt::print("{:>4} {:>5} {:>5} {:>2} {:9} {:12} {:9.2f} {:7.0f} {:6.2f}\n", shape.in, shape.out,
               shape.edge, shape.kernel, type == at::kFloat ? "float32" : "bfloat16", variant.name,
               middle * 1e3, 2 * products / middle * 1e-9, base / middle);
  }
}

}  // namespace

int main(int argc, char** argv) {
  int runs = 5;
  int threads = 0;
  bool only_float = false;
  CLI::App app{"Times single convolutions by Winograd's algorithm against the direct way"};
  app.add_option("--runs", runs, "Medians are of this many")->capture_default_str();
  app.add_option("--threads", threads, "0: all cores")->capture_default_str();
  app.add_flag("--float32", only_float, "Without bfloat16");
  CLI11_PARSE(app, argc, argv);
  at::set_num_threads(thread_count(threads));
  keep_tensor_memory();
  fmt::print("{:>4} {:>5} {:>5} {:>2} {:9} {:12} {:>9} {:>7} {:>6}\n", "in", "out", "edge", "k",
             "type", "way", "median ms", "GFLOP/s", "ratio");
  for (const WinogradShape& shape : kShapes) {
    compare<float>(shape, at::kFloat, runs);
    if (!only_float && !runnable_kernels<BFloat16>().empty())
      compare<BFloat16>(shape, at::kBFloat16, runs);
  }
}
